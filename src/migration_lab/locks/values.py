"""What a database tells of its locks in one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

MOST_SESSIONS = 50


@dataclass(frozen=True, slots=True)
class Lock:
    """``on`` is a table's name, ``a row of ...``, or whatever else is locked; ``mode`` is in the engine's words."""

    on: str
    mode: str = ""

    def __str__(self) -> str:
        return f"{self.mode} on {self.on}" if self.mode else self.on


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody with a transaction: a connection on a server, a process on a SQLite file.

    ``id`` is the number that the engine has for it, ``name`` says more for people, ``state`` is as in ``active`` or
    ``idle in transaction``. ``statement`` is the one that runs, or else the last one, ``""`` where that isn't told.
    ``wants`` is the lock that it waits for, and ``behind`` the sessions, by their ids, that it waits for: those that
    hold what it wants, and those before it in the queue. The times are in seconds since 1970, by the server's clock.
    """

    id: str
    name: str = ""
    state: str = ""
    statement: str = ""
    holds: tuple[Lock, ...] = ()
    wants: Lock | None = None
    behind: tuple[str, ...] = ()
    began: float | None = field(default=None, compare=False)
    """When its transaction began."""
    waits_since: float | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Locks:
    """The sessions that hold or want locks: who waits for nobody first, each of the others after whom it is behind.

    ``notes`` say what the engine doesn't tell.
    """

    sessions: tuple[Session, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, id: str) -> Session | None:
        """The session with that id."""
        return next((session for session in self.sessions if session.id == id), None)

    @property
    def waiting(self) -> tuple[Session, ...]:
        """Those that wait."""
        return tuple(session for session in self.sessions if session.wants is not None)

    @property
    def holding_up(self) -> tuple[Session, ...]:
        """Those that others wait for while they wait for nobody: where all of it begins."""
        waited_for = {id for session in self.waiting for id in session.behind}
        return tuple(session for session in self.sessions if session.id in waited_for and session.wants is None)

    @cached_property
    def depths(self) -> dict[str, int]:
        """How many sessions stand before each in the longest queue; those that wait for each other share a number."""
        depths = {session.id: 0 for session in self.sessions}
        for _ in depths:  # where sessions wait for each other, as in a deadlock, it would never settle
            before = dict(depths)
            for session in self.sessions:
                ahead = [before[id] for id in session.behind if id in before]
                depths[session.id] = min(max(ahead) + 1, len(depths) - 1) if ahead else 0
            if depths == before:
                break
        return depths


def in_order(sessions: Iterable[Session], notes: Iterable[str] = ()) -> Locks:
    """Locks of these sessions, in order. Who is waited for and isn't among them is, by its id alone."""
    known = {session.id: session for session in sessions}
    for session in list(known.values()):
        for id in session.behind:
            known.setdefault(id, Session(id))
    depths = Locks(tuple(known.values())).depths
    found = sorted(known.values(), key=lambda one: (depths[one.id], one.waits_since or one.began or 0.0))
    more = [f"{len(found) - MOST_SESSIONS} more sessions aren’t listed."] if len(found) > MOST_SESSIONS else []
    return Locks(tuple(found[:MOST_SESSIONS]), (*notes, *more))
