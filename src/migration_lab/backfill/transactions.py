"""A transaction for each chunk, on a connection that somebody else made."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.mock import MockConnection

from migration_lab.backfill.errors import BackfillError

_INSIDE = (
    "this connection is inside a transaction, and all locks would last until its end: in a migration, put the call "
    "into `with op.get_context().autocommit_block():` and take op.get_bind() there; in a script, commit or roll back "
    "first"
)


def check_connection(connection: Any) -> sa.Connection:
    """Raise BackfillError for what isn't a connection, and for one in a transaction that isn't ours to end."""
    if connection is None or isinstance(connection, MockConnection):
        raise BackfillError("there is no connection: a backfill can't be written as a script (alembic upgrade --sql)")
    if not isinstance(connection, sa.Connection):
        raise BackfillError(f"a SQLAlchemy Connection is needed, not {type(connection).__name__}: engine.connect()")
    if connection.in_transaction() and not _commits_by_itself(connection):
        raise BackfillError(_INSIDE)
    return connection


@contextlib.contextmanager
def own_transactions(connection: sa.Connection) -> Iterator[None]:
    """In the ``with`` block each statement commits by itself, unless it is in a :func:`transaction`.

    Alembic's ``autocommit_block`` has a connection that does (measured with 1.20: isolation level AUTOCOMMIT, and a
    transaction of SQLAlchemy's begun that is none of the database's, and that only Alembic may end).
    """
    if _commits_by_itself(connection):
        _end_what_an_event_began(connection)
        yield
        return
    level = connection.get_isolation_level()
    connection.execution_options(isolation_level="AUTOCOMMIT")
    try:
        _end_what_an_event_began(connection)
        yield
    finally:
        if not connection.closed and not connection.invalidated:
            connection.commit()
            connection.execution_options(isolation_level=level)


@contextlib.contextmanager
def transaction(connection: sa.Connection, *, keep: bool = True) -> Iterator[None]:
    """A transaction that SQLAlchemy knows nothing of, as long as the ``with`` block; without ``keep`` it is undone.

    On SQLite the lock for writing is taken at once: that wait holds nobody up, and a read that turns into a write later
    couldn't wait at all (documentation, "Transactions": SQLITE_BUSY_SNAPSHOT).
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.dialect.name == "sqlite" else "BEGIN")
    try:
        yield
        connection.exec_driver_sql("COMMIT" if keep else "ROLLBACK")
    except BaseException:
        with contextlib.suppress(sa.exc.DBAPIError):  # SQLite may have ended it by itself, or the connection is gone
            connection.exec_driver_sql("ROLLBACK")
        raise


def _commits_by_itself(connection: sa.Connection) -> bool:
    """By an option of its own or of its engine, else as create_engine was told.

    No driver tells that one as an isolation level: after it, get_isolation_level() gives the database's.
    """
    level = connection.get_execution_options().get("isolation_level")
    return (level or getattr(connection.dialect, "_on_connect_isolation_level", None)) == "AUTOCOMMIT"


def _end_what_an_event_began(connection: sa.Connection) -> None:
    """End the transaction that an application's listener to ``begin`` has begun, as for real ones on SQLite.

    (SQLAlchemy's documentation, "Serializable isolation / Savepoints / Transactional DDL" of pysqlite. It is empty.)
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("SELECT 1").close()
        if getattr(connection.connection.driver_connection, "in_transaction", False):
            connection.exec_driver_sql("COMMIT")
