"""The table that is meant, looked up before anything is changed."""

from __future__ import annotations

import warnings
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from migration_lab.backfill.errors import BackfillError


def find_table(connection: sa.Connection, table: Any) -> sa.Table:
    """The table as the database has it, by its name, ``schema.name``, a Table or a model. Raises BackfillError.

    One of the caller's own isn't used as it is: its ``onupdate`` would change columns that nobody asked for.
    """
    mapper = sa.inspect(table, raiseerr=False) if isinstance(table, type) else None
    if isinstance(mapper, Mapper) and mapper.single:
        raise BackfillError(
            f"{table.__name__} is some rows of the table {mapper.local_table.name}: give that table, and say which "
            "rows by `where`"
        )
    table = getattr(table, "__table__", table)
    if isinstance(table, sa.Table):
        name, schema = table.name, table.schema
    elif isinstance(table, str):
        name, schema = table, None
        if "." in table and not sa.inspect(connection).has_table(table):
            schema, _, name = table.rpartition(".")
    else:
        raise BackfillError(f"table is a name, a Table or a model, and not a {type(table).__name__}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sa.exc.SAWarning)  # types that it doesn't know are no matter here
            return sa.Table(name, sa.MetaData(), schema=schema, autoload_with=connection, resolve_fks=False)
    except sa.exc.NoSuchTableError:
        there = ", ".join(sorted(sa.inspect(connection).get_table_names(schema))) or "none"
        where = f"schema {schema}" if schema else "this database"
        raise BackfillError(f"there is no table {name!r} in {where}; there is {there}") from None
