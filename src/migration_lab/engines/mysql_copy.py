"""Copy a MariaDB or MySQL database on its own server: neither has a statement for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from migration_lab.engines.keeping import EngineError

_PATIENCE = 5  # seconds for others' open transactions to end
_LOCK_WAIT_TIMEOUT = 1205
_MODE = "NO_AUTO_VALUE_ON_ZERO"
_TABLES = ("BASE TABLE", "SYSTEM VERSIONED")

# SHOW FULL TABLES calls a system-versioned table a base table.
_KINDS = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE()"
# What INSERT may name: all columns, invisible ones too, that the server doesn't compute.
_COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = %s AND table_name = %s AND COALESCE(generation_expression, '') IN ('', 'ROW START', 'ROW END')
    ORDER BY ordinal_position
"""
_PERIOD = """
    SELECT generation_expression, column_name FROM information_schema.columns
    WHERE table_schema = %s AND table_name = %s AND generation_expression IN ('ROW START', 'ROW END')
"""


def copy_database(source: sa.URL, target: sa.URL) -> None:
    """Copy all that is in ``source`` to the empty database ``target``, as of one moment.

    Meanwhile others may read. Raises EngineError where a transaction of theirs has been open on a table for too long.
    """
    with _cursor(source) as locking, _cursor(source) as old, _cursor(target) as new:
        old.execute(f"SET lock_wait_timeout = {_PATIENCE}")
        locking.execute(f"SET lock_wait_timeout = {_PATIENCE}")
        _Copy(locking, old, new, str(source.database)).run()


@contextmanager
def _cursor(url: sa.URL) -> Iterator[Any]:
    connection = sa.create_engine(url, poolclass=NullPool).raw_connection()
    try:
        yield connection.cursor()
    finally:
        connection.close()


class _Copy:
    def __init__(self, locking: Any, old: Any, new: Any, source: str) -> None:
        self.locking, self.old, self.new, self.source = locking, old, new, source

    def run(self) -> None:
        # As a dump does: in any order, zeros as zeros, dates as they are, and each statement in its own connection.
        for statement in (
            f"SET foreign_key_checks = 0, unique_checks = 0, sql_mode = '{_MODE}'",
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        ):
            self.new.execute(statement)
        kinds = dict(self._all(self.old, _KINDS))
        tables = [name for name, kind in kinds.items() if kind in _TABLES]
        sequences = [name for name, kind in kinds.items() if kind == "SEQUENCE"]
        views = [name for name, kind in kinds.items() if kind == "VIEW"]
        self._lock(tables)
        for name in sequences:
            self._sequence(name)
        for name in tables:
            self._make(self._definition("TABLE", name))
        for name in tables:
            self._rows(name, kinds[name])
        self.new.execute("COMMIT")
        # Only now, so that no trigger sees the rows come; and what may name another is tried until it is there.
        waiting = [("VIEW", name) for name in views]
        for kind in ("FUNCTION", "PROCEDURE"):
            found = self._all(self.old, f"SHOW {kind} STATUS WHERE Db = DATABASE()")
            waiting += [(kind, row[1]) for row in found]
        waiting += [("TRIGGER", row[0]) for row in self._all(self.old, "SHOW TRIGGERS")]
        waiting += [("EVENT", row[1]) for row in self._all(self.old, "SHOW EVENTS")]
        self._until_all_are_there([self._definition(kind, name) for kind, name in waiting])

    def _lock(self, tables: list[str]) -> None:
        """Nobody writes meanwhile: each INSERT ... SELECT reads what is there at its own moment."""
        if not tables:
            return
        try:
            self.locking.execute("LOCK TABLES " + ", ".join(f"{_quoted(name)} READ" for name in tables))
        except Exception as error:  # each driver has its own class; the numbers are the server's
            if error.args[:1] != (_LOCK_WAIT_TIMEOUT,):
                raise
            raise EngineError(
                f"{self.source} can't be copied: for {_PATIENCE} s a transaction has been open that wrote to it: "
                "commit it or roll it back, then try again"
            ) from error

    def _definition(self, kind: str, name: str) -> tuple[str, str]:
        """The SQL mode it was made in, and the statement, which leaves out the name of its connection's database."""
        self.old.execute(f"SHOW CREATE {kind} {_quoted(name)}")
        names = [column[0] for column in self.old.description]
        row = dict(zip(names, self.old.fetchone(), strict=True))
        words = next(key for key in row if key.startswith("Create ") or key == "SQL Original Statement")
        return str(row.get("sql_mode", _MODE)), str(row[words])

    def _make(self, definition: tuple[str, str]) -> None:
        mode, statement = definition
        self.new.execute("SET sql_mode = %s", (mode,))
        self.new.execute(statement)
        self.new.execute("SET sql_mode = %s", (_MODE,))

    def _rows(self, name: str, kind: str) -> None:
        self.new.execute(_COLUMNS, (self.source, name))
        columns = [row[0] for row in self.new.fetchall()]
        history = ""
        if kind == "SYSTEM VERSIONED":
            self.new.execute("SET SESSION system_versioning_insert_history = 1")  # since MariaDB 10.11
            self.new.execute(_PERIOD, (self.source, name))
            if not self.new.fetchall():
                columns += ["row_start", "row_end"]
            history = " FOR SYSTEM_TIME ALL"
        listed = ", ".join(map(_quoted, columns))
        table = _quoted(name)
        self.new.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {_quoted(self.source)}.{table}{history}")

    def _sequence(self, name: str) -> None:
        self._make(self._definition("TABLE", name))
        self.old.execute(f"SELECT next_not_cached_value FROM {_quoted(name)}")
        self.new.execute(f"SELECT SETVAL({_quoted(name)}, {int(self.old.fetchone()[0])}, 0)")

    def _until_all_are_there(self, statements: list[tuple[str, str]]) -> None:
        while statements:
            left, failure = [], None
            for definition in statements:
                try:
                    self._make(definition)
                except Exception as error:  # each driver has its own class
                    left.append(definition)
                    failure = error
            if failure is not None and len(left) == len(statements):
                raise EngineError(f"{self.source} can't be copied: {failure}")
            statements = left

    @staticmethod
    def _all(cursor: Any, statement: str) -> list[Any]:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
