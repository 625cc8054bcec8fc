"""Record the SQL that anything in this Python process sends through SQLAlchemy, with its transactions.

A migration connects in env.py with an engine of its own, so the recording listens to all engines. SQLAlchemy's
events tell what was asked for, also where the database refused it. Where a transaction really begins is the
driver's affair on SQLite (Python's sqlite3 opens one before INSERT, UPDATE and DELETE, none before DDL): BEGIN, COMMIT
and ROLLBACK are taken from SQLite's own trace there, and from SQLAlchemy's events on a server.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

_TRANSACTION = re.compile(r"\s*(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
_READ = re.compile(r"\s*(SELECT|PRAGMA\b(?!.*=)|EXPLAIN)\b", re.IGNORECASE | re.DOTALL)
_SCHEMA = re.compile(r"\s*(CREATE|ALTER|DROP|REINDEX|PRAGMA)\b", re.IGNORECASE)


@dataclass(slots=True)
class Statement:
    """One statement as sent. ``seconds`` and ``rows`` (changed) are None where it didn't come back.

    ``times`` is how often it was sent in a row, where that is one statement for the recording.
    """

    sql: str
    parameters: Any = None
    seconds: float | None = None
    rows: int | None = None
    error: str = ""
    times: int = 1

    @property
    def kind(self) -> str:
        """``transaction``, ``read``, ``schema`` or ``data``."""
        if _TRANSACTION.match(self.sql):
            return "transaction"
        if _READ.match(self.sql):
            return "read"
        return "schema" if _SCHEMA.match(self.sql) else "data"


_UNRECORDED = ContextVar("unrecorded", default=False)


@contextmanager
def unrecorded() -> Iterator[None]:
    """What is sent in the ``with`` block is nobody's statement: somebody looks on."""
    token = _UNRECORDED.set(True)
    try:
        yield
    finally:
        _UNRECORDED.reset(token)


@contextmanager
def record_statements(*, brief: bool = False) -> Iterator[list[Statement]]:
    """Record all statements sent inside the ``with`` block, in order, into the list it gives.

    With ``brief``, without parameters, and the same several times in a row as one: a loop over the rows takes no more
    memory than its first turn.
    """
    statements: list[Statement] = []
    started: dict[int, tuple[Statement, float]] = {}

    def before(connection: Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool) -> None:
        if _UNRECORDED.get():
            return
        if not _TRANSACTION.match(sql) or not _traces(connection):  # or they would be listed twice
            last = statements[-1] if brief and statements else None
            if last is not None and last.sql == sql and not last.error:
                statement = last
                statement.times += 1
            else:
                statement = Statement(sql, None if brief else parameters)
                statements.append(statement)
            started[id(cursor)] = (statement, time.perf_counter())

    def after(connection: Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool) -> None:
        statement, start = started.pop(id(cursor), (None, 0.0))
        if statement is not None:
            statement.seconds = (statement.seconds or 0.0) + time.perf_counter() - start
            if cursor.rowcount >= 0 and statement.kind == "data":
                statement.rows = (statement.rows or 0) + cursor.rowcount

    def turned(sql: str) -> Callable[[Connection], None]:
        def turn(connection: Connection) -> None:
            autocommit = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
            if not autocommit and not _traces(connection):
                statements.append(Statement(sql))

        return turn

    def failed(context: ExceptionContext) -> None:
        for key, (statement, _) in list(started.items()):
            if statement.sql == context.statement:
                statement.error = str(context.original_exception)
                del started[key]
                return
        # A refused BEGIN or COMMIT has no statement of SQLAlchemy's: it was traced on its way to the database.
        if statements and statements[-1].kind == "transaction" and _TRANSACTION.match(context.statement or "COMMIT"):
            statements[-1].error = str(context.original_exception)

    traced: list[Any] = []

    def trace(sql: str) -> None:
        if _TRANSACTION.match(sql):
            # The driver's own BEGIN comes while a statement is on its way, and reaches the database before it.
            waiting = [statement for statement, _ in started.values()]
            place = min((statements.index(statement) for statement in waiting), default=len(statements))
            statements.insert(place, Statement(sql.strip()))

    def connected(dbapi_connection: Any, record: Any) -> None:
        if hasattr(dbapi_connection, "set_trace_callback"):
            dbapi_connection.set_trace_callback(trace)
            traced.append(dbapi_connection)

    listeners = (
        ("before_cursor_execute", before),
        ("after_cursor_execute", after),
        ("handle_error", failed),
        ("connect", connected),
        ("begin", turned("BEGIN")),
        ("commit", turned("COMMIT")),
        ("rollback", turned("ROLLBACK")),
    )
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield statements
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)
        for dbapi_connection in traced:
            try:
                dbapi_connection.set_trace_callback(None)
            except Exception:
                continue


def _traces(connection: Connection) -> bool:
    """Whether the driver itself tells of transactions."""
    return connection.dialect.name == "sqlite"
