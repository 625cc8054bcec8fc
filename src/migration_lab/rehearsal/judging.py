"""What the structure lost, and nobody asked for: each difference held against what the migration asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from migration_lab.rehearsal.asked import Asked
from migration_lab.rehearsal.blame import Blame
from migration_lab.rehearsal.following import Followed, follow, renamed
from migration_lab.rehearsal.report import Finding
from migration_lab.rehearsal.wanted import Wanted, columns_of
from migration_lab.snapshot import Change, Check, Column, Diff, ForeignKey, Index, Part, Snapshot

# A column's attributes, by the rule that tells their loss.
_COLUMN_RULES = {
    "type": "type-changed",
    "nullable": "not-null-lost",
    "default": "default-lost",
    "collation": "collation-lost",
    "generated": "generated-lost",
    "identity": "autoincrement-lost",
    "not_null_name": "name-lost",
    "comment": "comment-lost",
    "options": "option-lost",
}
_FIRST_RULES = {
    "unique": "unique-lost",
    "check": "check-lost",
    "index": "index-lost",
    "foreign key": "foreign-key-lost",
    "trigger": "trigger-lost",
    "primary key": "primary-key-changed",
    "comment": "comment-lost",
    "view": "view-lost",
}
MEANWHILE = "_alembic_tmp_"
_LARGE = 10_000  # rows: below, nobody notices
_TEXTS = ("CHAR", "TEXT", "CLOB", "ENUM", "SET")


class Structure:
    """Judges what an upgrade made of the structure. ``ignored`` are tables that aren't anybody's: Alembic's own."""

    def __init__(
        self, before: Snapshot, after: Snapshot, asked: Iterable[Asked], blame: Blame, ignored: frozenset[str]
    ) -> None:
        self.asked = tuple(asked)
        self.tables = follow(before, self.asked)
        self.before, self.after = before, after
        self._blame = blame
        self.ignored = ignored
        self._by_name = {table.name.lower(): table for table in self.tables if not table.dropped}
        self._wanted = Wanted(self.asked, after, self.followed)
        self._diff = Diff(renamed(before, self.tables), after)

    def followed(self, name: str) -> Followed | None:
        """The table that has that name afterwards."""
        return self._by_name.get(name.lower())

    def findings(self) -> Iterator[Finding]:
        """What is lost, and what stayed that was made for the meantime."""
        for change in self._diff.changes:
            if change.kind in ("version", "row count") or change.table in self.ignored or change.name in self.ignored:
                continue
            yield from self._judge(change)
        if self.before.engine.name == "PostgreSQL":
            yield from self._waiting_for_indexes()

    def _waiting_for_indexes(self) -> Iterator[Finding]:
        for asked in self.asked:
            table = self.before.table(asked.table)
            if (asked.action, asked.kind) != ("create", "index") or table is None or table.row_count < _LARGE:
                continue
            if "concurrently" not in asked.attributes and "CONCURRENTLY" not in asked.sql.upper().split():
                words = f"{asked.table} has {table.row_count:,} rows."
                yield self._blame.finding(
                    "index-blocks-writes",
                    asked.table,
                    asked.name,
                    words,
                    revision=asked.revision,
                    place=asked.place,
                    count=table.row_count,
                )

    def side_effect(self, change: Change) -> bool:
        """Whether the upgrade made this change to a table without being asked: it is told then, or of no weight."""
        if not change.table or change.kind == "table" or change not in self._diff.changes:
            return False
        table = self.followed(change.table)
        if table is None or table.by_hand:
            return table is None or self._key_is_gone(table, change)
        fact = change.before or change.after
        names = {change.name.lower(), str(getattr(fact, "name", "")).lower(), *map(str.lower, columns_of(fact))}
        return not any(names & {one.name.lower(), *map(str.lower, one.columns)} for one in table.asked)

    def _judge(self, change: Change) -> Iterator[Finding]:
        if change.kind == "table":
            yield from self._table(change)
        elif change.kind == "column":
            yield from self._column(change)
        elif change.loses and not self._wanted.covers(change):
            yield self._finding(self._rule(change), change)

    def _table(self, change: Change) -> Iterator[Finding]:
        name = change.name
        if change.action == "vanished" and not any(
            table.dropped and name.lower() in (table.before.lower(), table.name.lower()) for table in self.tables
        ):
            yield self._finding("table-lost", change, name, "")
        elif change.action == "appeared" and (name.startswith(MEANWHILE) or self._left_over(name)):
            yield self._finding("leftover-table", change, name, "")

    def _left_over(self, name: str) -> bool:
        """Whether a table is what another one was before that was made anew."""
        table = self.followed(name)
        if table is None or table.before:
            return False
        made_anew = {other.name.lower() for other in self.tables if other.by_hand}
        return any(asked.table.lower() in made_anew for asked in table.wanted("rename", "table"))

    def _column(self, change: Change) -> Iterator[Finding]:
        table = self.followed(change.table)
        if change.action == "vanished":
            if table is None or not (table.by_hand or table.columns.get(change.name.lower()) == ""):
                yield self._finding("column-lost", change)
            return
        if change.action != "changed" or not change.loses:
            return
        assert isinstance(change.before, Column)
        assert isinstance(change.after, Column)
        wanted = self._wanted_of(table, change.name)
        for attribute in change.attributes:
            old, new = getattr(change.before, attribute), getattr(change.after, attribute)
            if attribute in wanted or not _takes_away(attribute, old, new):
                continue
            if attribute == "collation" and not any(word in change.after.type.upper() for word in _TEXTS):
                continue  # a number has none
            if attribute == "nullable" and self._key_is_gone(table, change):
                continue  # which is told
            if table is not None and table.by_hand and attribute == "type":
                continue  # the new table says its types itself
            if attribute == "options" and "generated" in change.attributes:
                continue  # the expression went with it
            yield self._finding(_COLUMN_RULES.get(attribute, "option-lost"), change, told=(attribute, old, new))

    def _key_is_gone(self, table: Followed | None, change: Change) -> bool:
        """Whether a column was NOT NULL as part of a primary key that there isn't any more."""
        old, new = self.before.tables.get(table.before if table else ""), self.after.table(change.table)
        return bool(old and new and old.primary_key and not new.primary_key and change.name in old.primary_key.columns)

    @staticmethod
    def _wanted_of(table: Followed | None, column: str) -> set[str]:
        """The attributes of a column that were asked to change, by whichever of its names."""
        if table is None:
            return set()
        names = {column.lower()} | {old for old, new in table.columns.items() if new.lower() == column.lower()}
        asked = [one for one in table.wanted("alter", "column") if one.name.lower() in names]
        wanted = {attribute for one in asked for attribute in one.attributes}
        return wanted | ({"options"} if "type" in wanted else set())

    def _rule(self, change: Change) -> str:
        if change.kind == "option":
            return "autoincrement-lost" if change.name == "AUTOINCREMENT" else "option-lost"
        if isinstance(change.before, Part):
            return "part-lost"
        if change.action == "changed":
            if isinstance(change.before, ForeignKey):
                return "name-lost" if change.attributes == ("name",) else "foreign-key-weakened"
            if change.attributes == ("name",):
                return "name-lost"
            if change.kind == "index":
                assert isinstance(change.before, Index)
                assert isinstance(change.after, Index)
                return "unique-lost" if change.before.unique and not change.after.unique else "index-changed"
            if change.kind == "trigger":
                return "trigger-lost"
            if change.attributes == ("collations",):
                return "collation-lost"
            if change.kind not in ("primary key",):
                return "option-lost"
        if change.kind == "index" and isinstance(change.before, Index) and change.before.unique:
            return "unique-lost"
        return _FIRST_RULES.get(change.kind, "part-lost")

    def _finding(
        self,
        rule: str,
        change: Change,
        table: str | None = None,
        name: str | None = None,
        told: tuple[str, Any, Any] | None = None,
    ) -> Finding:
        table = change.table if table is None else table
        words = change.describe()
        if told is not None:
            attribute, old, new = told
            words = f"{change.table}.{change.name}: {attribute} {_word(old)} -> {_word(new)}"
        revision, place = self._blame.of(table, change)
        return self._blame.finding(
            rule, table, name_of(change) if name is None else name, words, revision=revision, place=place
        )


def name_of(change: Change) -> str:
    """What a finding calls a thing: as the Diff does, but a CHECK by its own words."""
    fact = change.before or change.after
    return fact.text if isinstance(fact, Check) else change.name


def _takes_away(attribute: str, old: Any, new: Any) -> bool:
    """Whether this one of a column's attributes is gone or weaker; that a column loses something is known."""
    if attribute == "nullable":
        return bool(new)
    if attribute == "type":
        return True
    if isinstance(old, frozenset):
        return bool(old - new)
    return old not in (None, "") and (attribute == "collation" or new in (None, ""))


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    return "none" if value in (None, "") else str(value)
