"""What doesn't come back on the way back, and whether the way up is the same a second time."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lab.rehearsal.asked import Asked
from migration_lab.rehearsal.blame import Blame
from migration_lab.rehearsal.following import Followed
from migration_lab.rehearsal.judging import MEANWHILE, Structure, name_of
from migration_lab.rehearsal.judging_rows import Rows
from migration_lab.rehearsal.report import Finding
from migration_lab.rehearsal.rows import Comparison, RowDifference
from migration_lab.snapshot import Change, Diff, Snapshot

_UNTOLD = ("version", "row count", "comment")


class WayBack:
    """Judges the database after the downgrade against the one before the upgrade, whose findings are ``told``."""

    def __init__(
        self,
        up: Structure,
        down: Snapshot,
        asked: list[Asked],
        blame: Blame,
        told: list[Finding],
        ignored: frozenset[str],
    ) -> None:
        self._up = up
        self._before, self.down = up.before, down
        self._asked = asked
        self._blame = blame
        self._told = {(finding.table.lower(), finding.name.lower()) for finding in told}
        self._ignored = ignored

    def structure(self) -> Iterator[Finding]:
        """What is gone, and what stayed."""
        for change in Diff(self._before, self.down).changes:
            if change.kind in _UNTOLD or change.table in self._ignored or change.name in self._ignored:
                continue
            if (change.table.lower(), name_of(change).lower()) in self._told or self._up.side_effect(change):
                continue
            if change.name.startswith(MEANWHILE):
                continue
            rule = "downgrade-loses" if change.loses else "downgrade-leaves"
            if change.action == "changed" and not change.loses and not _restricts(change):
                continue
            revision, place = self._blame.of(change.table, change)
            yield self._blame.finding(
                rule, change.table, name_of(change), f"{change.describe()}.", revision=revision, place=place
            )

    def rows(self, comparison: Comparison) -> Iterator[Finding]:
        """Rows and values that aren't as they were."""
        same = [
            Followed(table.before, table.before, asked=[*table.asked, *self._asked_of(table)])
            for table in self._up.tables
            if table.before in self._before.tables and table.before in self.down.tables
        ]
        structure = Structure(self._before, self.down, (), self._blame, self._ignored)
        judge = Rows(structure, comparison, self._blame, [])
        for table in same:
            up = next(one for one in self._up.tables if one.before == table.before)
            pair = judge.pair(Followed(table.before, table.before))
            if pair is not None:
                yield from self._judge(up, table, comparison.compare(pair))

    def _judge(self, up: Followed, table: Followed, difference: RowDifference) -> Iterator[Finding]:
        name = table.before
        if difference.lost and not self._is_told(name):
            meant = up.dropped or up.wanted("delete", "row")
            yield self._finding(
                "values-not-restored" if meant else "downgrade-loses-rows",
                name,
                "",
                f"{difference.lost} rows of {name}.",
                difference.lost_keys,
                difference.lost,
            )
        given = {column.lower() for asked in table.wanted("update", "row") for column in asked.columns}
        for column, changed in difference.changed.items():
            if (name.lower(), column.lower()) in self._told or self._is_told(name):
                continue
            altered = {one.name.lower() for one in up.wanted("alter", "column") if "type" in one.attributes}
            asked_for = (
                column.lower() in given | altered or up.columns.get(column.lower()) == "" or up.by_hand or "*" in given
            )
            rule = "values-not-restored" if asked_for else "downgrade-changes-values"
            yield self._finding(rule, name, column, f"{name}.{column}.", changed.samples, changed.count)

    def _asked_of(self, table: Followed) -> list[Asked]:
        names = {table.before.lower(), table.name.lower()}
        return [asked for asked in self._asked if asked.table.lower() in names]

    def _is_told(self, table: str) -> bool:
        return (table.lower(), "") in self._told

    def _finding(
        self, rule: str, table: str, name: str, words: str, samples: tuple[str, ...], count: int | None
    ) -> Finding:
        revision, place = self._blame.of(table)
        return self._blame.finding(
            rule, table, name, words, revision=revision, place=place, samples=samples, count=count
        )


def second_time(up: Snapshot, again: Snapshot, blame: Blame, ignored: frozenset[str]) -> Iterator[Finding]:
    """What the second upgrade made otherwise than the first."""
    for change in Diff(up, again).changes:
        if change.kind in _UNTOLD or change.table in ignored or change.name in ignored:
            continue
        if change.action == "changed" and not change.loses:
            continue
        revision, place = blame.of(change.table, change)
        words = f"{change.describe()}."
        yield blame.finding("again-differs", change.table, name_of(change), words, revision=revision, place=place)


def _restricts(change: Change) -> bool:
    """Whether a change that takes nothing away keeps something out: a NOT NULL that stayed."""
    return bool({"nullable", "options", "unique"} & set(change.attributes))
