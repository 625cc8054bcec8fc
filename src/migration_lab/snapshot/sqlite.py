"""A snapshot of a SQLite database, from an open connection or from a file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from migration_lab.snapshot.sqlite_catalogue import Connection, Reader, read_table
from migration_lab.snapshot.sqlite_rows import count_rows, read_page
from migration_lab.snapshot.values import EngineVersion, Snapshot, SnapshotError, Table, Trigger, View

_LOCK_SECONDS = 0.2  # a live view would rather skip a beat than wait
_VERSIONS_LIMIT = 100


class RememberedSchema:
    """The structure that one connection showed, for the next look: read anew when SQLite's number for it has moved.

    Each change of the schema, by whichever connection, moves the number (SQLite's documentation, "PRAGMA
    schema_version"). A new connection, to a file that may be another, needs a memory of its own.
    """

    def __init__(self) -> None:
        self._version: int | None = None
        self._tables: dict[str, Table] = {}
        self._views: dict[str, View] = {}

    def read(self, reader: Reader) -> tuple[dict[str, Table], dict[str, View]]:
        """All tables, without rows, and all views."""
        version = reader.rows("SELECT schema_version FROM pragma_schema_version")[0][0]
        if version != self._version:
            self._tables, self._views = _schema(reader)
            self._version = version
        return dict(self._tables), dict(self._views)


def read_sqlite(
    connection: Connection,
    *,
    page_rows: int = 20,
    count_limit: int | None = None,
    page_columns: int = 50,
    remembered: RememberedSchema | None = None,
) -> Snapshot:
    """Read the database of a connection of sqlite3 or pysqlite3, as ``read_snapshot`` says.

    A table that can't be read (its module is missing, say) keeps its name and text.
    """
    with closing(Reader(connection)) as reader, _one_moment(connection, reader):
        tables, views = (remembered or RememberedSchema()).read(reader)
        for name, table in tables.items():
            try:
                count, more = count_rows(reader, name, count_limit)
                counted = replace(table, row_count=count, more_rows=more)
                tables[name] = counted
                tables[name] = replace(counted, page=read_page(reader, table, page_rows, page_columns))
            except Exception as error:
                if not reader.unreadable(error):
                    raise
        return Snapshot(_engine(reader), _versions(reader, tables), tables, views)


def open_read_only(path: Path, module: ModuleType = sqlite3) -> Any:
    """A connection to the file that can't write to it and waits only briefly for a lock.

    ``module`` is the driver, sqlite3 or pysqlite3. Raises its OperationalError if there is no such file.
    """
    uri = path.resolve().as_uri()
    if not uri.startswith("file:///"):
        uri = uri.replace("file://", "file:////", 1)  # a Windows network share, whose host SQLite wants in the path
    # A live view is read by its own thread and closed by another, never by two at once.
    return module.connect(f"{uri}?mode=ro", uri=True, timeout=_LOCK_SECONDS, check_same_thread=False)


def snapshot_file(
    path: Path,
    *,
    module: ModuleType = sqlite3,
    page_rows: int = 20,
    count_limit: int | None = None,
    page_columns: int = 50,
) -> Snapshot:
    """Open the database file, read it as ``read_snapshot`` does, and close it.

    Raises SnapshotError if the file is missing, locked, or no database.
    """
    if not path.exists():
        raise SnapshotError(f"There is no database at {path}: check the path, or make it with 'alembic upgrade head'.")
    if not path.is_file():
        raise SnapshotError(f"{path} is no file: give the path of the database itself, such as {path / 'app.db'}.")
    try:
        with closing(open_read_only(path, module)) as connection:
            return read_sqlite(connection, page_rows=page_rows, count_limit=count_limit, page_columns=page_columns)
    except module.Error as error:
        if "locked" in str(error):
            raise SnapshotError(
                f"The database at {path} is locked: commit or close the connection that writes to it, then try again."
            ) from error
        raise SnapshotError(
            f"The file at {path} can't be read as a database ({error}): reset the lesson, or restore it from a copy."
        ) from error


@contextmanager
def _one_moment(connection: Connection, reader: Reader) -> Iterator[None]:
    """Hold one read transaction, the caller's if there is one."""
    if connection.in_transaction:
        yield
        return
    reader.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:  # an error may have ended it
            reader.execute("COMMIT")  # not ROLLBACK, which could cut short a cursor the caller is still reading


def _schema(reader: Reader) -> tuple[dict[str, Table], dict[str, View]]:
    """All tables, without rows, and all views."""
    texts: dict[str, dict[str, str]] = {"table": {}, "view": {}, "index": {}, "trigger": {}}
    triggers: dict[str, list[Trigger]] = {}
    for kind, name, owner, sql in reader.rows(
        """SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB)
        FROM main.sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"""
    ):
        texts[kind][name] = sql or ""
        if kind == "trigger":
            triggers.setdefault(owner.lower(), []).append(Trigger(name, sql))
    options = _listed_options(reader)
    tables: dict[str, Table] = {}
    for name, sql in texts["table"].items():
        own = tuple(triggers.get(name.lower(), ()))
        try:
            table = read_table(reader, name, sql, texts["index"], own)
        except Exception as error:
            if not reader.unreadable(error):
                raise
            table = Table(name, sql, triggers=own)
        tables[name] = replace(table, options=table.options | options.get(name, frozenset()))
    views = {name: View(name, sql, tuple(triggers.get(name.lower(), ()))) for name, sql in texts["view"].items()}
    return tables, views


def _listed_options(reader: Reader) -> dict[str, frozenset[str]]:
    """What PRAGMA table_list says of each table. Before SQLite 3.37 it is missing; the stored text then has to do."""
    try:
        listed = reader.rows(
            "SELECT CAST(name AS BLOB), CAST(type AS BLOB), wr, strict FROM pragma_table_list WHERE schema = 'main'"
        )
    except Exception as error:
        if not reader.unreadable(error):
            raise
        return {}
    return {
        name: frozenset(
            word
            for word, holds in (
                ("VIRTUAL", kind == "virtual"),
                ("SHADOW", kind == "shadow"),
                ("WITHOUT ROWID", without_rowid),
                ("STRICT", strict),
            )
            if holds
        )
        for name, kind, without_rowid, strict in listed
    }


def _versions(reader: Reader, tables: dict[str, Table]) -> tuple[str, ...]:
    table = tables.get("alembic_version")
    if table is None or table.column("version_num") is None:
        return ()
    query = "SELECT CAST(version_num AS BLOB) FROM main.alembic_version WHERE version_num IS NOT NULL LIMIT ?"
    return tuple(sorted(version for (version,) in reader.rows(query, _VERSIONS_LIMIT)))


def _engine(reader: Reader) -> EngineVersion:
    (version,) = reader.rows("SELECT CAST(sqlite_version() AS BLOB)")[0]
    return EngineVersion("SQLite", tuple(map(int, version.split("."))))
