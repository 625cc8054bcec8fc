"""A snapshot of a MariaDB or MySQL database, from an open connection of PyMySQL."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from typing import Any

from migration_lab.snapshot.mariadb_catalogue import Catalogue
from migration_lab.snapshot.mariadb_objects import read_objects
from migration_lab.snapshot.mariadb_rows import read_rows
from migration_lab.snapshot.mariadb_session import LOCKED, MOVED, Reader, number, of_one_object, quote
from migration_lab.snapshot.values import EngineVersion, Part, Snapshot, SnapshotError, Table

_ATTEMPTS = 4
_VERSIONS_LIMIT = 100
# What only the text of the DDL tells: a period of the application's own, and a key that no two periods of may overlap.
_PERIOD = re.compile(r"^  PERIOD FOR (?!SYSTEM_TIME)`((?:[^`]|``)+)` (\(.*\)),?$", re.MULTILINE)
_NO_OVERLAPS = re.compile(r"^  (?:UNIQUE|PRIMARY) KEY (.*),`((?:[^`]|``)+)` WITHOUT OVERLAPS\)", re.MULTILINE)


def read_mariadb(connection: Any, *, page_rows: int, count_limit: int | None, page_columns: int) -> Snapshot:
    """Read the current database of a connection of PyMySQL, as ``read_snapshot`` says.

    While it reads, it holds each table against changes of its structure, so that catalogue and rows are of one moment.
    A caller's transaction that has written something keeps those locks until it ends, as MariaDB has it; otherwise none
    stays. A table that another connection keeps locked, or waits to lock,
    isn't waited for longer than a fifth of a second (on MySQL a second), and is named in ``locked``. Text is told as
    the connection's character set can: PyMySQL's own choice, utf8mb4, holds all of it. Raises SnapshotError where the
    connection has no database.
    """
    with closing(Reader(connection)) as reader:
        if reader.rows("SELECT database()") == [(None,)]:
            raise SnapshotError("The connection has no database: name one in its URL, as in mysql+pymysql://host/app.")
        for attempt in range(_ATTEMPTS):
            try:
                with reader.one_moment() as callers:
                    return _read(reader, page_rows, count_limit, page_columns, callers or attempt == _ATTEMPTS - 1)
            except Exception as error:
                if attempt == _ATTEMPTS - 1 or number(error) not in MOVED | LOCKED:
                    raise
        raise AssertionError("the last attempt returns or raises")


def _read(reader: Reader, page_rows: int, count_limit: int | None, page_columns: int, last: bool) -> Snapshot:
    locked, unreadable = _hold(reader)
    catalogue = Catalogue(reader)
    tables = catalogue.tables(locked)
    for name, table in tables.items():
        if name in locked | unreadable:
            continue
        try:
            tables[name] = table = _with_ddl(reader, table)
            page, count, more = read_rows(reader, table, page_rows, count_limit, page_columns)
            tables[name] = replace(table, page=page, row_count=count, more_rows=more)
        except Exception as error:
            if not of_one_object(error) or (number(error) in MOVED and not last):
                raise
            if number(error) in LOCKED | MOVED:  # altered after the moment that a caller's transaction sees
                locked.add(name)
                tables[name] = Table(name, "")
    return Snapshot(
        EngineVersion("MariaDB" if reader.is_mariadb else "MySQL", reader.version),
        _versions(reader, tables),
        tables,
        catalogue.views(),
        read_objects(reader, catalogue.collation),
        frozenset(locked),
    )


def _hold(reader: Reader) -> tuple[set[str], set[str]]:
    """Keep all tables from being altered until the transaction ends.

    Returns the names of those that are locked by others, and of those that can't be read at all.
    """
    locked: set[str] = set()
    unreadable: set[str] = set()
    # The list itself waits for a table that is being altered.
    listed = reader.patiently(
        lambda: reader.rows(
            """SELECT table_name FROM information_schema.tables
            WHERE table_schema = database() AND table_type NOT IN ('VIEW', 'SEQUENCE')"""
        )
    )
    for (name,) in listed:
        try:
            reader.patiently(lambda name=name: reader.rows(f"SELECT 1 FROM {quote(name)} LIMIT 0"))  # type: ignore[misc]
        except Exception as error:
            if not of_one_object(error):
                raise
            (locked if number(error) in LOCKED else unreadable).add(name)
    return locked, unreadable


def _with_ddl(reader: Reader, table: Table) -> Table:
    """The table with its DDL, and with what of it the information_schema doesn't tell."""
    _, sql, *_ = reader.rows(f"SHOW CREATE TABLE {quote(table.name)}")[0]
    periods = tuple(Part("period", name.replace("``", "`"), columns) for name, columns in _PERIOD.findall(sql))
    overlaps = (Part("no overlaps", name.replace("``", "`"), f"{of})") for of, name in _NO_OVERLAPS.findall(sql))
    return replace(table, sql=sql, parts=(*table.parts, *periods, *overlaps))


def _versions(reader: Reader, tables: dict[str, Table]) -> tuple[str, ...]:
    table = tables.get("alembic_version")
    if table is None or table.column("version_num") is None:
        return ()
    found = reader.rows(
        f"SELECT version_num FROM alembic_version WHERE version_num IS NOT NULL LIMIT {_VERSIONS_LIMIT}"
    )
    return tuple(sorted(version for (version,) in found))
