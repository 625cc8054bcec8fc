"""A snapshot of any database: from an open connection, or from an address that is opened, read and closed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migration_lab.snapshot import mariadb, postgresql
from migration_lab.snapshot.sqlite import RememberedSchema, read_sqlite, snapshot_file
from migration_lab.snapshot.values import Snapshot, SnapshotError

if TYPE_CHECKING:  # the process that watches a SQLite file does without
    import sqlalchemy as sa

_CONNECT_SECONDS = 5
# The driver's package, and what reads a connection of it.
_READERS: dict[str, Callable[..., Snapshot]] = {
    "psycopg": postgresql.read_postgresql,
    "psycopg2": postgresql.read_postgresql,
    "pymysql": mariadb.read_mariadb,
}


def read_snapshot(
    connection: Any,
    *,
    page_rows: int = 20,
    count_limit: int | None = None,
    page_columns: int = 50,
    remembered: RememberedSchema | None = None,
) -> Snapshot:
    """Read the database of a connection of SQLAlchemy or of a driver, all of it as of one moment.

    ``page_rows`` and ``page_columns`` bound the page of each table. ``count_limit`` bounds the counting of rows, None
    counts all: with a limit the cost doesn't depend on how many rows there are. ``remembered`` spares a connection to
    SQLite that is read again and again its structure, where that is the same; other engines have no number for it.

    A transaction that the caller has open is used, its uncommitted changes included, and left as it is; otherwise none
    is left open. A table that can't be read keeps its name, and what the catalogue tells of it. Raises the driver's
    error if the database as a whole can't be read, and SnapshotError for a driver that isn't known.
    """
    if type(connection).__module__.partition(".")[0] == "sqlalchemy":
        connection = connection.connection.driver_connection
    limits: dict[str, Any] = {"page_rows": page_rows, "count_limit": count_limit, "page_columns": page_columns}
    package = type(connection).__module__.partition(".")[0]
    if package in _READERS:
        return _READERS[package](connection, **limits)
    if hasattr(connection, "in_transaction"):
        return read_sqlite(connection, **limits, remembered=remembered)
    known = ", ".join(["sqlite3", "pysqlite3", *_READERS])
    raise SnapshotError(f"A connection of {package} can't be read: the drivers that can are {known}.")


def snapshot_url(
    url: str | sa.URL, *, page_rows: int = 20, count_limit: int | None = 10_000, page_columns: int = 50
) -> Snapshot:
    """Connect to the database of that SQLAlchemy URL, read it as ``read_snapshot`` does, and close it.

    Counting stops at 10,000 rows unless told otherwise, for the tables of a server may be of any size. Raises
    SnapshotError if the URL is none, its driver is missing, or the database can't be reached or read; no message
    shows the password.
    """
    import sqlalchemy as sa

    limits: dict[str, Any] = {"page_rows": page_rows, "count_limit": count_limit, "page_columns": page_columns}
    try:
        address = sa.make_url(url)
        engine = sa.create_engine(address, poolclass=sa.NullPool, connect_args=_connect_arguments(address))
    except ModuleNotFoundError as error:
        raise SnapshotError(f"The driver {error.name} isn't installed: pip install {error.name}.") from error
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError) as error:
        example = "postgresql+psycopg://name@host/database"
        raise SnapshotError(f"That is no URL of a database ({_line(error)}): write it as {example}.") from error
    if address.get_backend_name() == "sqlite":
        return snapshot_file(Path(address.database or ""), module=engine.dialect.dbapi, **limits)  # type: ignore[arg-type]
    where = address.render_as_string(hide_password=True)
    try:
        with closing(engine.raw_connection()) as connection:
            return read_snapshot(connection.driver_connection, **limits)
    except SnapshotError:
        raise
    except (sa.exc.DBAPIError, engine.dialect.loaded_dbapi.Error) as error:
        raise SnapshotError(
            f"The database at {where} can't be read ({_line(error)}): is its server running, and may this user read it?"
        ) from error


def _connect_arguments(address: sa.URL) -> dict[str, int]:
    """A server that doesn't answer is not waited for; a file needs no such limit."""
    return {} if address.get_backend_name() == "sqlite" else {"connect_timeout": _CONNECT_SECONDS}


def _line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split()) or type(cause).__name__
