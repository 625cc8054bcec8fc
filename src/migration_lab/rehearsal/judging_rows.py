"""What the rows lost, and nobody asked for; and what the migration asked for, and may not have meant."""

from __future__ import annotations

import math
from collections.abc import Iterator

from migration_lab.rehearsal.asked import Asked
from migration_lab.rehearsal.blame import Blame
from migration_lab.rehearsal.following import Followed
from migration_lab.rehearsal.judging import Structure
from migration_lab.rehearsal.meeting import Met
from migration_lab.rehearsal.report import Finding
from migration_lab.rehearsal.rows import Changed, ColumnPair, Comparison, RowDifference, TablePair
from migration_lab.snapshot import Column, Table, tokenize

_UNREADABLE = ("VIRTUAL",)
_WORDS = ("'true'", "'false'", "'t'", "'f'", "'yes'", "'no'")


class Rows:
    """Judges what an upgrade made of the rows. ``met`` is what its operations met."""

    def __init__(self, structure: Structure, comparison: Comparison, blame: Blame, met: list[Met]) -> None:
        self._structure = structure
        self._comparison = comparison
        self._blame = blame
        self._met = met
        self._before, self._after = structure.before, structure.after

    def findings(self) -> Iterator[Finding]:
        """All findings, table by table."""
        quiet = True
        for table in self._structure.tables:
            if not table.dropped and table.before in self._before.tables and table.name in self._after.tables:
                pair = self.pair(table)
                if pair is not None:
                    difference = self._comparison.compare(pair)
                    quiet = quiet and not difference
                    yield from self._lost(table, difference)
                    yield from self._changed(table, difference)
                yield from self._new_columns(table)
            yield from self._dropped(table)
        if self._before.engine.name == "SQLite":
            yield from self._words_in_booleans()
        views = [name for name in self._before.views if name in self._after.views]
        for view, words in self._comparison.broken_views(views):
            views.remove(view)
            yield self._found("view-broken", "", view, words)
        yield from self._view_columns(views)
        if quiet:
            yield from self._views(views)
        told = {met.asked.table.lower() for met in self._met if met.rule == "orphans-meet-foreign-key"}
        for name, parent, count, samples in self._comparison.violations():
            if name.lower() in told:
                continue
            words = f"{count} rows of {name} refer to {parent}."
            yield self._found("foreign-key-violated", name, f"-> {parent}", words, samples, count)
        for name, column in self._comparison.numbers_again():
            words = f"The next number of {name}.{column} is one that was given out before."
            yield self._found("autoincrement-lost", name, column, words)
        damage = self._comparison.damage()
        if damage:
            yield self._found("database-damaged", "", "", "", damage)

    def pair(self, table: Followed) -> TablePair | None:
        """What to compare of a table; None where its rows can't be read."""
        before, after = self._before.tables[table.before], self._after.tables[table.name]
        if (
            table.name in self._structure.ignored
            or before.options & set(_UNREADABLE)
            or after.options & set(_UNREADABLE)
        ):
            return None
        moved = {column.name: table.column(column.name) for column in before.columns}
        given = {name.lower() for asked in table.wanted("update", "row") for name in asked.columns}
        if table.by_hand:
            given |= {name.lower() for asked in table.wanted("insert", "row") for name in asked.columns}
        columns = []
        for column in before.columns:
            new = after.column(moved[column.name]) if moved[column.name] else None
            if new is None or "*" in given or {column.name.lower(), new.name.lower()} & given:
                continue
            if column.generated or new.generated:
                continue
            columns.append(_column_pair(column, new))
        return TablePair(table.before, table.name, tuple(columns), _key(before, after, moved))

    def _lost(self, table: Followed, difference: RowDifference) -> Iterator[Finding]:
        name = table.name
        deleted, inserted = (_counted(table.wanted(action, "row")) for action in ("delete", "insert"))
        if difference.lost > deleted:
            revision, place = self._blame.rows_of(table.before, fewer=True)
            cause = self._cascade(name)
            deletion = cause.asked if cause else self._deletion(table)
            rule = "rows-lost-by-cascade" if deletion else "rows-lost"
            words = f"{_rows(difference.lost)} of {name}" + (f", and {deleted:.0f} were deleted." if deleted else ".")
            if deletion:
                revision, place = deletion.revision, deletion.place
                words = f"{_rows(difference.lost)} of {name} went with {deletion.table}"
                words += f" (ON DELETE {cause.other})." if cause else "."
            yield self._blame.finding(
                rule,
                name,
                "",
                words,
                revision=revision,
                place=place,
                samples=difference.lost_keys,
                count=difference.lost,
            )
        if difference.appeared > inserted:
            revision, place = self._blame.rows_of(table.before, fewer=False)
            yield self._blame.finding(
                "rows-appeared",
                name,
                "",
                f"{_rows(difference.appeared)} in {name}"
                + (f", and {inserted:.0f} were inserted." if inserted else "."),
                revision=revision,
                place=place,
                samples=difference.appeared_keys,
                count=difference.appeared,
            )

    def _changed(self, table: Followed, difference: RowDifference) -> Iterator[Finding]:
        loose = {column.after for column in difference.pair.columns if column.loose}
        for column, changed in difference.changed.items():
            cause = self._cascade(table.name)
            rule = "values-nulled" if _all_nulled(changed) else "values-changed"
            if column in loose:
                rule = "values-lost-in-cast"
            words = f"{table.name}.{column}" + (f", in {_rows(changed.count)}." if changed.count is not None else ".")
            if cause:
                words += f" {cause.asked.table} was dropped in between (ON DELETE {cause.other})."
            yield self._found(rule, table.name, column, words, changed.samples, changed.count)

    def _new_columns(self, table: Followed) -> Iterator[Finding]:
        before, after = self._before.tables[table.before], self._after.tables[table.name]
        old = {table.column(column.name).lower() for column in before.columns}
        key = set(after.primary_key.columns) if after.primary_key else set()
        for column in after.columns:
            if column.name.lower() in old or not column.nullable or not after.row_count:
                continue
            updates = [one for one in table.wanted("update", "row") if column.name in one.columns]
            if not updates or not any(_for_all(one.where, {column.name} | key, before) for one in updates):
                continue
            left = after.row_count - self._comparison.values(table.name, column.name, after=True)
            if left:
                words = f"{_rows(left)} of {table.name} have no {column.name}."
                yield self._blame.finding(
                    "nulls-left",
                    table.name,
                    column.name,
                    words,
                    revision=updates[0].revision,
                    place=updates[0].place,
                    count=left,
                )

    def _dropped(self, table: Followed) -> Iterator[Finding]:
        if not table.before or table.before not in self._before.tables:
            return
        before = self._before.tables[table.before]
        if table.dropped:
            if before.row_count:
                yield from self._dropped_table(table, before)
            return
        after = self._after.tables.get(table.name)
        if after is None:
            return
        kept = {table.column(column.name).lower() for column in before.columns}
        new = [column for column in after.columns if column.name.lower() not in kept]
        for column in before.columns:
            moved = table.column(column.name)
            if moved and after.column(moved) is not None:
                continue
            count = self._comparison.values(table.before, column.name, after=False)
            if not count:
                continue
            twin = next((one for one in new if one.type == column.type and self._is_empty(table, column, one)), None)
            if twin is not None:
                words = f"{table.name}.{column.name} had {count} values, and none is in {twin.name}, of the same type."
                yield self._found("renamed-by-drop-and-add", table.name, column.name, words, (), count)
            elif moved == "" or table.by_hand:
                words = f"{table.name}.{column.name} had {count} values."
                yield self._found("values-dropped", table.name, column.name, words, (), count)

    def _is_empty(self, table: Followed, old: Column, new: Column) -> bool:
        if any(new.name in asked.columns for asked in table.wanted("update", "row")):
            return False
        filled = new.default is not None and new.nullable == old.nullable
        return filled or not self._comparison.same_values((table.before, table.name), (old.name, new.name))

    def _dropped_table(self, table: Followed, before: Table) -> Iterator[Finding]:
        names = {column.name for column in before.columns}
        twin = next(
            (
                one
                for one in self._structure.tables
                if not one.before and not one.dropped and (made := self._after.tables.get(one.name)) is not None
                if not made.row_count and len(names & {column.name for column in made.columns}) * 2 > len(names)
            ),
            None,
        )
        rule = "values-dropped" if twin is None else "renamed-by-drop-and-create"
        words = f"{table.before} had {_rows(before.row_count)}" + (f", and {twin.name} has none." if twin else ".")
        yield self._found(rule, table.before, "", words, (), before.row_count)

    def _words_in_booleans(self) -> Iterator[Finding]:
        for table in self._structure.tables:
            after = self._after.tables.get(table.name)
            if table.dropped or after is None or not table.asked:
                continue
            before = self._before.tables.get(table.before)
            for column in after.columns:
                old = before.column(column.name) if before else None
                if column.type.upper() not in ("BOOLEAN", "BOOL"):
                    continue
                count, samples = self._comparison.words_in_booleans(table.name, column.name)
                default = (column.default or "").lower() in _WORDS
                if old is None and (count or default):
                    words = f"{table.name}.{column.name} holds a text in {_rows(count)}"
                    words += f", and its default is {column.default}." if default else "."
                    yield self._found("text-in-boolean", table.name, column.name, words, samples, count)

    def _view_columns(self, views: list[str]) -> Iterator[Finding]:
        """A view that nobody made anew shows what it showed: on SQLite, one of ``SELECT *`` doesn't."""
        meant = {asked.name.lower() for asked in self._structure.asked if asked.kind == "view"}
        for name in views:
            if name.lower() not in meant:
                old, new = self._comparison.view_columns(name)
                if old != new and new:
                    words = f"{name} shows {', '.join(new)}, and showed {', '.join(old)}."
                    yield self._found("view-changed", "", name, words)

    def _views(self, views: list[str]) -> Iterator[Finding]:
        """Where no row of a table differs, no view has a reason to show more or fewer."""
        if any(asked.kind == "row" for asked in self._structure.asked):
            return
        for name in views:
            old, new = self._comparison.view_rows(name)
            if old != new:
                yield self._found("view-changed", "", name, f"{name} has {_rows(new)}, and had {old}.", (), new)

    def _deletion(self, table: Followed) -> Asked | None:
        """The deletion of rows that this table's refer to, and go with."""
        for key in self._before.tables[table.before].foreign_keys:
            parent = self._structure.followed(key.table)
            for asked in parent.wanted("delete", "row") if parent and parent is not table else ():
                if key.on_delete == "CASCADE" or asked.sql.upper().startswith("TRUNCATE"):
                    return asked
        return None

    def _cascade(self, table: str) -> Met | None:
        found = [met for met in self._met if met.rule == "rows-lost-by-cascade" and met.name.lower() == table.lower()]
        return found[0] if found else None

    def _found(
        self, rule: str, table: str, name: str, words: str, samples: tuple[str, ...] = (), count: int | None = None
    ) -> Finding:
        revision, place = self._blame.of(table)
        return self._blame.finding(
            rule, table, name, words, revision=revision, place=place, samples=samples, count=count
        )


def _column_pair(before: Column, after: Column) -> ColumnPair:
    old, new = _affinity(before.type), _affinity(after.type)
    changed = before.type.upper() != after.type.upper()
    return ColumnPair(before.name, after.name, loose=changed, typed=old == "BLOB" or old != new)


def _affinity(type_: str) -> str:
    """What SQLite makes of a type (its documentation, "Determination Of Column Affinity")."""
    words = type_.upper()
    for affinity, parts in (
        ("INTEGER", ("INT",)),
        ("TEXT", ("CHAR", "CLOB", "TEXT")),
        ("BLOB", ("BLOB",)),
        ("REAL", ("REAL", "FLOA", "DOUB")),
    ):
        if any(part in words for part in parts):
            return affinity
    return "NUMERIC" if words else "BLOB"


def _key(before: Table, after: Table, moved: dict[str, str]) -> tuple[tuple[str, str], ...]:
    if before.primary_key is None or after.primary_key is None:
        return ()
    pairs = [(name, moved.get(name, name)) for name in before.primary_key.columns]
    same = {new.lower() for _, new in pairs} == {name.lower() for name in after.primary_key.columns}
    return tuple(pairs) if same else ()


def _for_all(where: str, own: set[str], table: Table) -> bool:
    """Whether an UPDATE's condition looks at nothing but the column that it fills, and the key."""
    others = {column.name.lower() for column in table.columns} - {name.lower() for name in own}
    return not others & {token.value.lower() for token in tokenize(where)}


def _counted(asked: list[Asked]) -> float:
    """How many rows the migration's own statements changed: any number, where one of them didn't say."""
    return sum(math.inf if one.rows is None else one.rows for one in asked)


def _all_nulled(changed: Changed) -> bool:
    return changed.nulled > 0 and changed.count in (None, changed.nulled)


def _rows(count: int | None) -> str:
    return "1 row" if count == 1 else f"{count} rows"
