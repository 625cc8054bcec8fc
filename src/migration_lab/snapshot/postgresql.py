"""A snapshot of a PostgreSQL database, as of one moment, from an open connection of psycopg."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

from migration_lab.snapshot.postgresql_catalogue import Relation, read_relations, read_tables, read_views
from migration_lab.snapshot.postgresql_objects import read_objects
from migration_lab.snapshot.postgresql_rows import read_pages
from migration_lab.snapshot.postgresql_session import Reader, SchemaMoved, sqlstate
from migration_lab.snapshot.values import EngineVersion, Snapshot, Table

_ATTEMPTS = 20
_LOCKED = "55P03"  # lock_not_available
# The catalogue's functions tell of now, not of the transaction's moment: while others change the schema they may look
# for what is gone. undefined_table, undefined_column, undefined_function, undefined_object, internal_error
_MOVED = {"42P01", "42703", "42883", "42704", "XX000"}
_VERSIONS_LIMIT = 100


def read_postgresql(connection: Any, *, page_rows: int, count_limit: int | None, page_columns: int) -> Snapshot:
    """Read the database of a connection of psycopg or psycopg2, as ``read_snapshot`` says.

    What is read is all schemas but the system's, without what extensions brought along. A caller's transaction that is
    READ COMMITTED sees a moment of its own in each statement. No lock is waited for longer than a fifth of a second,
    and none is held longer than the read: a table that another transaction keeps locked is named in ``locked``.
    """
    with closing(Reader(connection)) as reader:
        for attempt in range(_ATTEMPTS):
            try:
                with _one_moment(reader):
                    return _read(reader, page_rows, count_limit, page_columns)
            except Exception as error:
                again = isinstance(error, SchemaMoved) or sqlstate(error) in _MOVED | {_LOCKED}
                if not again or attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")


def _read(reader: Reader, page_rows: int, count_limit: int | None, page_columns: int) -> Snapshot:
    relations = read_relations(reader)
    tables, types = read_tables(reader, relations)
    locked = {relation.name for relation in relations if relation.locked}
    readable = {relation.name: relation for relation in relations if relation.readable}
    wanted = [(relation.quoted, tables[name], types[name]) for name, relation in readable.items()]
    for name, read in read_pages(reader, wanted, page_rows, count_limit, page_columns).items():
        if isinstance(read, Exception):
            if sqlstate(read) in _MOVED:
                raise read
            if sqlstate(read) == _LOCKED:
                locked.add(name)
        else:
            page, count, more = read
            tables[name] = replace(tables[name], page=page, row_count=count, more_rows=more)
    tables.update({name: Table(name, "") for name in locked if name in tables})
    return Snapshot(
        _engine(reader),
        _versions(reader, tables, readable),
        tables,
        read_views(reader, relations),
        read_objects(reader),
        frozenset(locked),
    )


def _engine(reader: Reader) -> EngineVersion:
    number = reader.version
    return EngineVersion("PostgreSQL", (number // 10_000, number % 10_000))


def _versions(reader: Reader, tables: dict[str, Table], readable: dict[str, Relation]) -> tuple[str, ...]:
    table = tables.get("alembic_version")
    if table is None or table.column("version_num") is None or table.name not in readable:
        return ()
    found = reader.rows(
        f"SELECT version_num::text FROM {readable[table.name].quoted} WHERE version_num IS NOT NULL "
        f"LIMIT {_VERSIONS_LIMIT}"
    )
    return tuple(sorted(version for (version,) in found))


@contextmanager
def _one_moment(reader: Reader) -> Iterator[None]:
    """Hold one read-only transaction, or a savepoint in the caller's, and undo every setting made in it."""
    begin, end = reader.bracket()
    for statement in begin:
        reader.execute(statement)
    try:
        reader.settle()
        yield
    finally:
        for statement in end:
            reader.execute(statement)
