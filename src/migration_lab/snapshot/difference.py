"""What differs between two snapshots of a database: the one thing that views, checks and reports are made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from migration_lab.snapshot.changes import Change, RowChange
from migration_lab.snapshot.facts import differences, facts
from migration_lab.snapshot.values import Page, Row, Snapshot, Table, View

_KeyedRows = dict[tuple[tuple[str, ...], int], Row]


@dataclass(frozen=True)
class Diff:
    """The differences between the snapshots ``before`` and ``after``; true if there are any.

    It knows no renames: what is called otherwise vanished under the one name and appeared under the other. The
    text of the DDL isn't compared, only what it declares, and its comments.
    """

    before: Snapshot
    after: Snapshot

    @classmethod
    def between(cls, before: Snapshot, after: Snapshot) -> Diff:
        """The same as ``Diff(before, after)``."""
        return cls(before, after)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What appeared, vanished or changed, the version first. A whole table is one change, without its parts."""
        old, new = facts(self.before), facts(self.after)
        whole = {path.name for path in old.keys() ^ new.keys() if path.kind in ("table", "view")}
        unknown = self.before.locked | self.after.locked
        found = []
        for path in [*old, *(path for path in new if path not in old)]:
            owner = path.name if path.kind == "view" else path.table
            if owner in unknown or (path.table in whole and path.kind != "table"):
                continue
            before, after = old.get(path), new.get(path)
            if before is None or after is None or differences(before, after):
                found.append(Change(path.kind, path.table, path.name, before, after))
        return tuple(sorted(found, key=lambda change: change.kind != "version"))

    @cached_property
    def row_changes(self) -> tuple[RowChange, ...]:
        """The rows, of both pages, that appeared, vanished or changed in a column that both pages have.

        Only what the pages can prove: a row that merely moved onto a page from below hasn't appeared. The rows
        of ``alembic_version`` are left out, since the versions tell them.
        """
        return tuple(
            change
            for name, before in self.before.tables.items()
            if (after := self.after.tables.get(name)) and name != "alembic_version"
            if name not in self.before.locked | self.after.locked
            for change in _row_changes(before, after)
        )

    @property
    def lost(self) -> tuple[Change, ...]:
        """The changes that took something away: what vanished, fewer rows, and rules that are weaker than before."""
        return tuple(change for change in self.changes if change.loses)

    @property
    def lost_values(self) -> tuple[RowChange, ...]:
        """The rows that vanished from the page or lost a value to NULL."""
        return tuple(change for change in self.row_changes if change.loses)

    def for_table(self, name: str) -> Diff:
        """What differs in the table or view of that name alone."""
        return Diff(_only(self.before, name), _only(self.after, name))

    def describe(self) -> list[str]:
        """A line of plain English for each change, then for each row's."""
        return [change.describe() for change in self.changes] + [change.describe() for change in self.row_changes]

    def __bool__(self) -> bool:
        return bool(self.changes or self.row_changes)


def diff(before: Snapshot, after: Snapshot) -> Diff:
    """What differs between two snapshots."""
    return Diff(before, after)


def _only(snapshot: Snapshot, name: str) -> Snapshot:
    tables: dict[str, Table] = {name: snapshot.tables[name]} if name in snapshot.tables else {}
    views: dict[str, View] = {name: snapshot.views[name]} if name in snapshot.views else {}
    return Snapshot(snapshot.engine, (), tables, views, locked=snapshot.locked)


def _row_changes(before: Table, after: Table) -> Iterator[RowChange]:
    if _key(before) != _key(after):
        return  # the rows' keys mean different things
    old, new = _keyed(before.page), _keyed(after.page)
    for key, row in old.items():
        if key in new:
            yield from _changed_row(before, after, row, new[key])
        elif _would_show(key, before, after, old, new):
            yield RowChange(before.name, row.key, (), row, None)
    for key, row in new.items():
        if key not in old and _would_show(key, after, before, new, old):
            yield RowChange(after.name, row.key, (), None, row)


def _changed_row(before: Table, after: Table, old: Row, new: Row) -> Iterator[RowChange]:
    positions = {name: position for position, name in enumerate(after.page.columns)}
    changed = [
        (name, (old.cells[position], new.cells[positions[name]]))
        for position, name in enumerate(before.page.columns)
        if name in positions and old.cells[position] != new.cells[positions[name]]
    ]
    if changed:
        columns, cells = tuple(name for name, _ in changed), tuple(pair for _, pair in changed)
        yield RowChange(before.name, old.key, columns, old, new, cells)


def _would_show(
    key: tuple[tuple[str, ...], int], here: Table, there: Table, own: _KeyedRows, other: _KeyedRows
) -> bool:
    """Whether a row that stands on one page would stand on the other too, if that table had it."""
    if len(there.page.rows) >= there.row_count and not there.more_rows:
        return True  # that page shows all rows
    if here.page.numbered and there.page.numbered:
        return bool(other) and int(key[0][0]) <= max(int(shown[0]) for shown, _ in other)
    keys = list(own)
    return any(later in other for later in keys[keys.index(key) + 1 :])


def _key(table: Table) -> tuple[str, ...]:
    return table.primary_key.columns if table.primary_key else ()


def _keyed(page: Page) -> _KeyedRows:
    """The rows by key, and by number among those of one key: a key of NULLs isn't unique, nor one cut for length."""
    seen: dict[tuple[str, ...], int] = {}
    keyed: _KeyedRows = {}
    for row in page.rows:
        number = seen.get(row.key, 0)
        seen[row.key] = number + 1
        keyed[row.key, number] = row
    return keyed
