"""Differences that Alembic's check finds on SQLite, and that aren't there: its reflection overlooks things."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from migration_lab.snapshot import ForeignKey, Snapshot, Table


def overlooked(difference: Any, snapshot: Snapshot) -> bool:
    """Whether the database has what the difference says it hasn't: read in its own catalogue."""
    if snapshot.engine.name != "SQLite":
        return False
    if isinstance(difference, list):  # attributes of one column
        return all(_of_column(one, snapshot) for one in difference)
    kind, *details = difference
    thing = details[0]
    table = snapshot.table(str(thing.table.name)) if isinstance(thing, sa.Constraint) else None
    if table is None:
        return False
    match kind, thing:
        case "add_constraint", sa.UniqueConstraint():
            wanted = {column.name for column in thing.columns}
            return any(set(unique.columns) == wanted for unique in table.uniques)
        case "add_fk", sa.ForeignKeyConstraint():
            return any(_as_declared(key, thing) for key in _between(table, thing))
        case "remove_fk", sa.ForeignKeyConstraint():
            return not any(_as_declared(key, thing) for key in _between(table, thing))
    return False


def _of_column(difference: Any, snapshot: Snapshot) -> bool:
    """A rowid is never NULL, whatever its column says."""
    kind, _, name, column, *_ = difference
    table = snapshot.table(name)
    key = table.primary_key if table else None
    return bool(kind == "modify_nullable" and key and key.columns == (column,) and "ROWID" in key.options)


def _between(table: Table, thing: sa.ForeignKeyConstraint) -> list[ForeignKey]:
    columns, other = tuple(column.name for column in thing.columns), thing.referred_table.name
    return [key for key in table.foreign_keys if key.columns == columns and key.table == other]


def _as_declared(key: ForeignKey, thing: sa.ForeignKeyConstraint) -> bool:
    declared = (thing.onupdate or "NO ACTION", thing.ondelete or "NO ACTION")
    return (key.on_update, key.on_delete) == tuple(action.upper() for action in declared) and bool(
        key.deferrable
    ) == bool(thing.deferrable)
