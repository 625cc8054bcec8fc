"""What it takes to watch one database, of whichever kind: has it moved, what does it look like now, let go of it."""

from __future__ import annotations

from typing import Protocol

from migration_lab.snapshot.values import Snapshot

COUNT_LIMIT = 1000  # rows counted at most, so that a table of a million costs no more than a small one


class Missing(Exception):
    """There is no database where it should be."""


class Locked(Exception):
    """Another connection keeps the database to itself. Nothing was read, and the next look may succeed."""


class Unreadable(Exception):
    """The database can't be read. The message is in the engine's own words."""


class Watch(Protocol):
    """Looks at one database again and again, from one thread at a time.

    ``pause`` is how many seconds there should be between two looks that nobody waits for.
    """

    pause: float

    def look(self) -> Snapshot | None:
        """The database as it is now, None where it hasn't moved since the last snapshot.

        It changes nothing, and between two looks it holds no lock. Raises Missing, Locked or Unreadable.
        """

    def let_go(self) -> None:
        """Close what is open. The next look opens what is there then, and reads it whole."""


class Source(Protocol):
    """Where a database is: a value that can be compared, and handed to another process."""

    def watch(self) -> Watch:
        """A new watch on it, with nothing open yet."""

    def changed(self) -> int:
        """When it last changed, in nanoseconds, as far as that shows without opening it; 0 where it doesn't."""
