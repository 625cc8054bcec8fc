"""Who waits for whom: the locks that the sessions of a database hold, and those that they wait for."""

from migration_lab.locks.reading import LockReader, LocksUnreadable, read_locks
from migration_lab.locks.values import Lock, Locks, Session

__all__ = ["Lock", "LockReader", "Locks", "LocksUnreadable", "Session", "read_locks"]
