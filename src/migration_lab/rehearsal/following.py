"""Which table is which after a migration: by the renames, drops and creations that it asked for, not by likeness."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from migration_lab.rehearsal.asked import Asked
from migration_lab.snapshot import Check, Index, Snapshot, Table, fold, tokenize


@dataclass(slots=True)
class Followed:
    """One table on its way. ``before`` is its first name, ``""`` for a new one, ``name`` its last.

    ``columns`` goes from a column's first name to its last, or to ``""`` where it was dropped. ``asked`` is all that
    was asked for on the table, under whichever name. ``by_hand`` is one made anew, which took the old one's place.
    """

    before: str
    name: str
    columns: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    dropped: bool = False
    by_hand: bool = False

    def wanted(self, action: str, kind: str) -> list[Asked]:
        """What was asked for of one kind."""
        return [asked for asked in self.asked if (asked.action, asked.kind) == (action, kind)]

    def column(self, name: str) -> str:
        """The last name of the column that had this one first."""
        return self.columns.get(name.lower(), name)


def follow(before: Snapshot, asked: Iterable[Asked]) -> list[Followed]:
    """All tables that there were before or were asked for, those that are dropped among them."""
    found = [Followed(name, name) for name in before.tables]
    for one in asked:
        table = _named(found, one.table)
        if table is None:
            if not one.table:
                continue
            table = Followed("", one.table)
            found.append(table)
        table.asked.append(one)
        match one.action, one.kind:
            case "drop", "table":
                table.dropped = True
            case "rename", "table":
                table.name = one.to
            case "drop", "column":
                table.columns[_first(table, one.name)] = ""
            case "rename", "column":
                table.columns[_first(table, one.name)] = one.to
    for new in [table for table in found if not table.before and not table.dropped]:
        old = next((table for table in found if table.before and _same(table.before, new.name)), None)
        if old is not None and (old.dropped or not _same(old.name, new.name)):
            new.before, new.by_hand = old.before, True
            new.asked = [*old.asked, *new.asked]
            if old.dropped:
                found.remove(old)
            else:
                old.before = ""
    return found


def renamed(snapshot: Snapshot, tables: Iterable[Followed]) -> Snapshot:
    """The snapshot with the names that its tables and columns have now, so that a Diff sees what else is different."""
    names = {table.before: table for table in tables if table.before and not table.dropped}
    new = {table.before: table.name for table in names.values()}
    changed = {}
    for name, table in snapshot.tables.items():
        followed = names.get(name)
        one = _renamed(table, followed.columns if followed else {}, new.get(name, name))
        keys = tuple(
            replace(
                key,
                table=new.get(key.table, key.table),
                referred_columns=tuple(
                    names[key.table].column(column) or column if key.table in names else column
                    for column in key.referred_columns
                ),
            )
            for key in one.foreign_keys
        )
        changed[one.name] = replace(one, foreign_keys=keys)
    return replace(snapshot, tables=changed)


def _renamed(table: Table, columns: dict[str, str], name: str) -> Table:
    moved = {old: new for old, new in columns.items() if new}
    if not moved:
        return replace(table, name=name)

    def one(column: str) -> str:
        return moved.get(column.lower(), column)

    def many(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(one, names))

    def words(text: str) -> str:
        tokens = tokenize(text)
        swapped = [
            replace(token, text=one(token.value)) if token.kind in ("word", "identifier") else token for token in tokens
        ]
        return fold(text, swapped)

    return replace(
        table,
        name=name,
        columns=tuple(replace(column, name=one(column.name)) for column in table.columns),
        primary_key=table.primary_key and replace(table.primary_key, columns=many(table.primary_key.columns)),
        uniques=tuple(replace(unique, columns=many(unique.columns)) for unique in table.uniques),
        foreign_keys=tuple(replace(key, columns=many(key.columns)) for key in table.foreign_keys),
        checks=tuple(Check(words(check.text), check.name, check.options) for check in table.checks),
        indexes=tuple(_renamed_index(index, words) for index in table.indexes),
    )


def _renamed_index(index: Index, words: object) -> Index:
    assert callable(words)
    parts = tuple(replace(part, expression=words(part.expression)) for part in index.parts)
    return replace(index, parts=parts, where=words(index.where))


def _named(tables: list[Followed], name: str) -> Followed | None:
    """The table that has this name at the moment; the one made last, where an earlier one is gone."""
    return next((table for table in reversed(tables) if not table.dropped and _same(table.name, name)), None)


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower() or one.lower().removeprefix("public.") == other.lower().removeprefix("public.")


def _first(table: Followed, name: str) -> str:
    """The name that the column had first which has this one now."""
    return next((old for old, new in table.columns.items() if new.lower() == name.lower()), name.lower())
