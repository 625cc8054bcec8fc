"""How long a migration kept others waiting: the strongest lock that it held, and from when to when."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import sqlalchemy as sa

# PostgreSQL's manual, "Explicit Locking", the weakest first; AccessShareLock is every reader's.
_MODES = (
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
_HELD = """SELECT l.mode, c.relname FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
WHERE l.pid = pg_backend_pid() AND l.granted AND l.locktype = 'relation' AND c.oid >= 16384 AND c.relkind IN ('r', 'p')
AND c.relname <> 'alembic_version'"""
_WRITE = "write lock on the whole file"
_ROWS = "locks on the rows written"


class Locks:
    """Told of each statement that may write, and of each end of a transaction. ``name`` and ``seconds`` come of it.

    ``clock`` tells the time, as it goes for the migration.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.name = ""
        self.seconds = 0.0
        self._rank = -1
        self._since: dict[str, tuple[int, float]] = {}

    def sent(self, connection: sa.Connection, kind: str, started: float) -> None:
        """A statement came back. ``kind`` is ``schema`` or ``data``, ``started`` when it was sent."""
        match connection.dialect.name:
            case "sqlite":
                self._since.setdefault(_WRITE, (0, started))
                if not getattr(connection.connection.driver_connection, "in_transaction", True):
                    self.ended()
            case "postgresql":
                for mode, table in self._held(connection):
                    if mode in _MODES:
                        words = "".join(f" {letter}" if letter.isupper() else letter for letter in mode)
                        name = f"{words.strip().removesuffix(' Lock').upper()} on {table}"
                        self._since.setdefault(name, (_MODES.index(mode), started))
            case _ if kind == "schema":
                self._note("metadata lock of its own on the table", 1, self._clock() - started)
                self._since.clear()  # DDL commits what came before
            case _:
                self._since.setdefault(_ROWS, (0, started))

    def ended(self) -> None:
        """The transaction ended, and its locks with it."""
        now = self._clock()
        for name, (rank, since) in self._since.items():
            self._note(name, rank, now - since)
        self._since.clear()

    def _note(self, name: str, rank: int, seconds: float) -> None:
        if (rank, seconds) > (self._rank, self.seconds):
            self.name, self._rank, self.seconds = name, rank, seconds

    @staticmethod
    def _held(connection: sa.Connection) -> list[Any]:
        try:
            with closing(connection.connection.cursor()) as cursor:
                cursor.execute(_HELD)
                return list(cursor.fetchall())
        except Exception:  # the statement failed, and the transaction with it
            return []
