"""The rows that stand in the way of a NOT NULL, told in one line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.util import CommandError

SAMPLES = 3
COUNTED = 1000  # at most: who has more will not fill them one by one


class NotNullError(CommandError):
    """Why a column was not changed: one line that says where, what is in the way, and what to do about it.

    Alembic's own command prints it without a traceback.
    """

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class NullsError(NotNullError):
    """Rows hold NULL. ``count`` stops at 1,000; ``keys`` are a few of those rows' keys, each a tuple of values."""

    def __init__(self, message: str, count: int, keys: tuple[tuple[object, ...], ...]) -> None:
        super().__init__(message)
        self.count = count
        self.keys = keys


def refuse_nulls(connection: sa.Connection, table: str, column: str, schema: str | None = None) -> None:
    """Look for NULLs in a column that may hold them. Raises NullsError at the first ones.

    A table without any is read once, or not at all where the column has an index.
    """
    rows = sa.table(sa.quoted_name(table, True), schema=sa.quoted_name(schema, True) if schema else None)
    missing = sa.column(sa.quoted_name(column, True)).is_(None)
    if connection.scalar(sa.select(sa.literal(1)).select_from(rows).where(missing).limit(1)) is None:
        return
    some = sa.select(sa.literal(1).label("one")).select_from(rows).where(missing).limit(COUNTED).subquery()
    count = connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    names = _key(connection, table, schema)
    columns: list[sa.ColumnClause[object]] = [sa.column(sa.quoted_name(name, True)) for name in names]
    query = sa.select(*columns).select_from(rows).where(missing).limit(SAMPLES)
    keys = tuple(tuple(row) for row in connection.execute(query)) if names else ()
    where = f"{schema}.{table}" if schema and schema != connection.dialect.default_schema_name else table
    some_nulls = "1 NULL" if count == 1 else f"{count:,} NULLs" + (" or more" if count == COUNTED else "")
    raise NullsError(
        f"{where}.{column} holds {some_nulls}{_told(names, keys, count)}: nothing was changed; fill them first, as in "
        f"UPDATE {where} SET {column} = ... WHERE {column} IS NULL",
        count,
        keys,
    )


def _key(connection: sa.Connection, table: str, schema: str | None) -> list[str]:
    """What tells the rows apart: the primary key, SQLite's rowid, or nothing."""
    key = list(sa.inspect(connection).get_pk_constraint(table, schema)["constrained_columns"])
    return key or (["rowid"] if connection.dialect.name == "sqlite" else [])


def _told(names: list[str], keys: tuple[tuple[object, ...], ...], count: int) -> str:
    if not keys:
        return ""
    values = [repr(key[0]) if len(key) == 1 else repr(key) for key in keys]
    name = names[0] if len(names) == 1 else f"({', '.join(names)})"
    return f" ({name} = {', '.join(values)}{', ...' if count > len(keys) else ''})"
