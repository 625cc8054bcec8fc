"""How PostgreSQL is asked: settings that make answers the same in every session, and text as the only type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_SAVEPOINT = "migration_lab_snapshot"
_IDLE = 0  # libpq's PGTransactionStatusType
# Undone with the transaction or the savepoint. Texts must not depend on the session, sequential scans must start at the
# table's beginning, and no plan is worth compiling for twenty rows.
_SETTINGS = {
    "lock_timeout": "200ms",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmloption": "content",
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
    "synchronize_seqscans": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}


def quote(name: str) -> str:
    """``name`` as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def sqlstate(error: BaseException) -> str:
    """The five characters by which PostgreSQL names an error; ``""`` where it isn't one of the server's."""
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""


class SchemaMoved(Exception):
    """What the catalogue listed is gone by the time that its definition is asked for: others change the schema."""


def told(definition: str | None) -> str:
    """A definition that a function of the catalogue gave. Raises SchemaMoved where it gave none."""
    if definition is None:
        raise SchemaMoved
    return definition


class Reader:
    """Runs queries without parameters on a cursor of its own, whose rows are tuples whatever the connection makes."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        if hasattr(self._cursor, "row_factory"):
            self._cursor.row_factory = _plain_rows
        self.version: int = connection.info.server_version
        self._sql_ascii = False
        self.error: type[Exception] = connection.Error

    def execute(self, sql: str) -> None:
        """Run a statement. Raises what the driver raises."""
        self._cursor.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query, its text decoded. Raises what the driver raises."""
        self._cursor.execute(sql)
        return [tuple(map(_decoded, row)) if self._sql_ascii else tuple(row) for row in self._cursor.fetchall()]

    def bracket(self) -> tuple[Sequence[str], Sequence[str]]:
        """The statements that begin and end the read: a transaction, or a savepoint in the one that is open.

        In both cases the end is a rollback, which gives back the settings and all locks.
        """
        status = self._connection.info.transaction_status
        if status == _IDLE:
            begin = "BEGIN" if self._connection.autocommit else "SET TRANSACTION"  # the driver sends its own BEGIN
            return [f"{begin} ISOLATION LEVEL REPEATABLE READ READ ONLY"], ["ROLLBACK"]
        return [f"SAVEPOINT {_SAVEPOINT}"], [f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}", f"RELEASE SAVEPOINT {_SAVEPOINT}"]

    def settle(self) -> None:
        """Make the settings, for this transaction alone."""
        (encoding,) = self.rows("SELECT current_setting('server_encoding')")[0]
        # Its text may be of any encoding, so it comes as bytes and is decoded here.
        self._sql_ascii = _decoded(encoding) == "SQL_ASCII"
        settings = {**_SETTINGS, "client_encoding": "SQL_ASCII"} if self._sql_ascii else _SETTINGS
        self.rows("SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items()))

    @contextmanager
    def undone_if_it_fails(self) -> Iterator[None]:
        """Let a query fail without the transaction."""
        name = f"{_SAVEPOINT}_query"
        self.execute(f"SAVEPOINT {name}")
        try:
            yield
        except Exception:
            self.execute(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        finally:
            self.execute(f"RELEASE SAVEPOINT {name}")

    def close(self) -> None:
        """Close the cursor; the connection stays open."""
        self._cursor.close()


def _plain_rows(cursor: Any) -> Any:
    return tuple


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
