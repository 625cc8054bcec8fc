"""NOT NULL on SQLite: by its own ALTER TABLE from 3.53 on, before that in the stored text of the table.

SQLite's documentation ("ALTER TABLE", "Making Other Kinds Of Table Schema Changes") allows the text in sqlite_schema to
be changed under PRAGMA writable_schema where the rows on the disk stay as they are. That is so here: a NOT NULL is a
rule about values, which are looked at first. All happens in one transaction, and is checked before that ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic.operations import Operations

from migration_lab.operations.nulls import NotNullError, refuse_nulls
from migration_lab.operations.sqlite_rebuild import rebuild
from migration_lab.operations.sqlite_text import same_words, with_not_null, without_not_null
from migration_lab.operations.writing import quoted, write

if TYPE_CHECKING:
    from migration_lab.operations.not_null import NotNullOp

# ALTER TABLE ... ALTER COLUMN ... SET NOT NULL came with it.
NATIVE = (3, 53)


@dataclass(frozen=True)
class _Column:
    """``schema.table.column``, each name as the database has it, and the statement's own word for the change."""

    schema: str
    table: str
    name: str
    nullable: bool

    @property
    def verb(self) -> str:
        return "DROP" if self.nullable else "SET"

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"


@dataclass(frozen=True)
class _Schema:
    """All that SQLite knows: ``objects`` by rowid, and what its PRAGMAs make of the table's text."""

    objects: dict[int, tuple[Any, ...]]
    columns: tuple[tuple[Any, ...], ...]
    others: tuple[tuple[Any, ...], ...]


def change(operations: Operations, wanted: NotNullOp) -> None:
    """Forbid NULL in that column, or allow it. Does nothing where it is so already. Raises NotNullError.

    A transaction that is open goes on; without one, this makes and commits one of its own.
    """
    if operations.migration_context.as_sql:
        _write(operations, wanted)
        return
    connection = operations.get_bind()
    version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
    native = tuple(map(int, version.split("."))) >= NATIVE
    with _transaction(connection):
        column = _find(connection, wanted)
        before = _read(connection, column)
        if _nullable(before, column) is column.nullable:
            return
        if not (native and _alter(connection, column, before)) and not _edit(connection, column, before):
            rebuild(operations, column.schema, column.table, column.name, column.nullable, wanted.accept_losses)
            return
        _check(column, before, _read(connection, column))


def _write(operations: Operations, wanted: NotNullOp) -> None:
    dialect = operations.migration_context.dialect
    driver = dialect.dbapi or dialect.import_dbapi()
    if driver.sqlite_version_info < NATIVE:
        raise NotNullError(
            f"{wanted.table_name}.{wanted.column_name}: without a connection (--sql) this needs SQLite 3.53 or "
            f"newer, and here is {driver.sqlite_version}: run the migration itself, without --sql"
        )
    column = _Column(wanted.schema or "main", wanted.table_name, wanted.column_name, wanted.nullable)
    write(operations, _statement(column))


def _statement(column: _Column) -> str:
    return (
        f"ALTER TABLE {quoted(column.schema)}.{quoted(column.table)} "
        f"ALTER COLUMN {quoted(column.name)} {column.verb} NOT NULL"
    )


@contextmanager
def _transaction(connection: sa.Connection) -> Iterator[None]:
    """All or nothing: a transaction of one's own, or a savepoint in the one that is open.

    The driver is asked, since SQLAlchemy speaks of a transaction before it has one, unless it begins them itself.
    """
    inside = connection.connection.driver_connection.in_transaction  # type: ignore[union-attr]
    connection.exec_driver_sql("SAVEPOINT set_not_null" if inside else "BEGIN IMMEDIATE")
    try:
        yield
        connection.exec_driver_sql("RELEASE set_not_null" if inside else "COMMIT")
    except BaseException:
        if connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
            connection.exec_driver_sql("ROLLBACK TO set_not_null" if inside else "ROLLBACK")
            if inside:
                connection.exec_driver_sql("RELEASE set_not_null")
        # Have the old schema read at once: its number is free again.
        connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").close()
        raise


def _find(connection: sa.Connection, wanted: NotNullOp) -> _Column:
    """The column under its own name. Raises NotNullError where there is none whose text can be changed."""
    schema, table, name = wanted.schema or "main", wanted.table_name, wanted.column_name
    try:
        found = connection.exec_driver_sql(
            f"SELECT type, name, sql FROM {quoted(schema)}.sqlite_master "
            "WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE",
            (table,),
        ).one_or_none()
    except sa.exc.OperationalError as error:
        raise NotNullError(
            f"no database {schema!r} here ({error.orig}): attach it first, or leave out schema"
        ) from None
    if found is None:
        raise NotNullError(f"there is no table {table!r} in {schema!r}: check its name, and that it has been made")
    kind, table, sql = found
    if kind == "view" or sql.upper().startswith("CREATE VIRTUAL") or table.startswith("sqlite_"):
        what = "a view" if kind == "view" else "SQLite’s own" if table.startswith("sqlite_") else "a virtual table"
        raise NotNullError(f"{table} is {what}, which has no NOT NULL of its own: name the table that holds the rows")
    for (column,) in connection.exec_driver_sql("SELECT name FROM pragma_table_xinfo(?, ?)", (table, schema)):
        if column.lower() == name.lower():
            return _Column(schema, table, column, wanted.nullable)
    raise NotNullError(f"{table} has no column {name!r}: check its name, and that it has been added")


def _read(connection: sa.Connection, column: _Column) -> _Schema:
    def rows(query: str, *parameters: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in connection.exec_driver_sql(query, parameters)]

    schema = quoted(column.schema)
    where = (column.table, column.schema)
    objects = rows(f"SELECT rowid, type, name, tbl_name, rootpage, sql FROM {schema}.sqlite_master")
    indexes = """SELECT l.*, x.* FROM pragma_index_list(?, ?) AS l, pragma_index_xinfo(l.name, ?) AS x"""
    return _Schema(
        {row[0]: row[1:] for row in objects},
        tuple(rows("SELECT * FROM pragma_table_xinfo(?, ?)", *where)),
        (
            *rows(indexes, *where, column.schema),
            *rows("SELECT * FROM pragma_foreign_key_list(?, ?)", *where),
        ),
    )


def _nullable(schema: _Schema, column: _Column) -> bool:
    return not next(row[3] for row in schema.columns if row[1] == column.name)


def _text(schema: _Schema, column: _Column) -> tuple[int, str]:
    """Where the table's CREATE TABLE is stored, and its text."""
    return next((key, row[4]) for key, row in schema.objects.items() if row[:2] == ("table", column.table))


def _meant(sql: str, column: _Column) -> str:
    """What the text has to become."""
    try:
        return (without_not_null if column.nullable else with_not_null)(sql, column.name)
    except LookupError:
        raise NotNullError(f"{column} can’t be made out in the text of its table: use batch_alter_table") from None


def _alter(connection: sa.Connection, column: _Column, before: _Schema) -> bool:
    """Use SQLite's own statement; False, and nothing changed, where that would take more along than a NOT NULL.

    3.53.4 also removes a NOT DEFERRABLE from the column, and comments beside the NOT NULL that it drops.
    """
    connection.exec_driver_sql("SAVEPOINT native")
    try:
        connection.exec_driver_sql(_statement(column))
    except sa.exc.IntegrityError:
        refuse_nulls(connection, column.table, column.name, column.schema)
        raise
    as_meant = same_words(_text(_read(connection, column), column)[1], _meant(_text(before, column)[1], column))
    if not as_meant:
        connection.exec_driver_sql("ROLLBACK TO native")
    connection.exec_driver_sql("RELEASE native")
    return as_meant


def _edit(connection: sa.Connection, column: _Column, before: _Schema) -> bool:
    """Change the stored text, and have SQLite read it again; False where it lets nobody write there."""
    schema = quoted(column.schema)
    rowid, sql = _text(before, column)
    text = _meant(sql, column)
    flag = connection.exec_driver_sql("PRAGMA writable_schema").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    try:
        update = f"UPDATE {schema}.sqlite_master SET sql = ? WHERE rowid = ?"
        # Of no row, to begin with: nobody else writes from now on. SQLite itself believes a NOT NULL and would find no
        # NULL any more, so they are looked for before it reads the new text.
        try:
            connection.exec_driver_sql(update, (text, -1))
        except sa.exc.OperationalError as error:
            if "may not be modified" in str(error.orig):
                return False
            raise
        if not column.nullable:
            refuse_nulls(connection, column.table, column.name, column.schema)
        connection.exec_driver_sql(update, (text, rowid))
    finally:
        # Also since a text that makes no sense would be passed over in silence while it is on.
        connection.exec_driver_sql(f"PRAGMA writable_schema = {int(flag)}")
    version = connection.exec_driver_sql(f"PRAGMA {schema}.schema_version").scalar_one()
    connection.exec_driver_sql(f"PRAGMA {schema}.schema_version = {version + 1}")
    try:
        read = _text(_read(connection, column), column)
    except sa.exc.DatabaseError as error:
        raise NotNullError(
            f"{column}: SQLite can’t read the table’s new text ({error.orig}): use batch_alter_table"
        ) from error
    if read != (rowid, text):
        raise NotNullError(f"{column}: the text that was stored isn’t what was meant: use batch_alter_table")
    return True


def _check(column: _Column, before: _Schema, after: _Schema) -> None:
    """Look whether SQLite means by the new text what was meant, and nothing else has moved."""
    if _nullable(after, column) is not column.nullable:
        raise NotNullError(f"{column} is part of a key that can’t be NULL, or says NOT NULL twice: nothing was changed")
    meant = tuple(
        (*row[:3], 0 if column.nullable else 1, *row[4:]) if row[1] == column.name else row for row in before.columns
    )

    def but_its_text(schema: _Schema) -> _Schema:
        objects = {key: row[:4] if row[:2] == ("table", column.table) else row for key, row in schema.objects.items()}
        return replace(schema, objects=objects)

    if but_its_text(after) != but_its_text(replace(before, columns=meant)):
        raise NotNullError(f"{column}: SQLite would read the table otherwise than before: use batch_alter_table")
