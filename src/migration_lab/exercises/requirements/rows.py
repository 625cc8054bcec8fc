"""Requirements on rows: they are all there, with the right values, and nothing got lost on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from migration_lab.engines import sqlite_driver
from migration_lab.exercises.definition import Requirement
from migration_lab.exercises.evidence import Evidence, schema_changes
from migration_lab.exercises.verdict import Finding, not_yet, right
from migration_lab.snapshot import Change

_SHOWN = 3
_EXTRA = ("table", "view", "column", "trigger")  # what a migration can leave behind without being asked
_WORKING_COPY = "_alembic_tmp_"


def rows_kept(table: str, changing: Sequence[str] = ()) -> Requirement:
    """All rows of the table are still there, no others came, and old columns but ``changing`` hold what they held."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        before, after = evidence.before.table(table), evidence.after.table(table)
        if before is None or after is None:
            yield not_yet(f"There is no table {table} after the upgrade", "What dropped or renamed it?")
            return
        old, new = {row.key for row in before.page.rows}, {row.key for row in after.page.rows}
        gone, extra = len(old - new), len(new - old)
        if gone:
            yield not_yet(
                f"{gone} of {len(old)} rows of {table} are gone",
                "No column is worth a row: look for what deletes, or drops the table, and give the rows a value.",
            )
        if extra:
            yield not_yet(f"{extra} rows of {table} appeared from nowhere", "Look for an INSERT too many.")
        if not gone and not extra:
            yield right(f"All {len(old)} rows of {table} are still there")
        spoilt = [
            f"row {', '.join(change.key)}: {name} was {was.text}, is {now.text}"
            for change in evidence.changes.for_table(table).row_changes
            for name, (was, now) in zip(change.columns, change.cells, strict=False)
            if name not in changing
        ]
        if spoilt:
            yield not_yet(
                f"Other columns of {table} changed: {_some(spoilt)}",
                "Which statement touches them? An UPDATE also fires the table's triggers.",
            )

    return Requirement(judge)


def values(query: str, expected: Sequence[tuple[Any, ...]], what: str, look: str) -> Requirement:
    """``query`` finds exactly the rows ``expected``, hidden ones included, in that order.

    ``what`` is a sentence that holds when it does; ``look`` says where to look if it doesn't.
    """

    def judge(evidence: Evidence) -> Iterator[Finding]:
        try:
            found = evidence.rows(query)
        except sqlite_driver().Error as error:
            yield not_yet(f"{what} ({error})", look)
            return
        pairs = zip_longest(expected, found, fillvalue=())
        wrong = [f"{_row(want)} expected, {_row(have)} found" for want, have in pairs if want != have]
        yield not_yet(f"{what}: {_some(wrong)}", look) if wrong else right(what)

    return Requirement(judge)


def nothing_else(*meant: str) -> Requirement:
    """The upgrade lost nothing, and brought no table, view, column or trigger, but what ``meant`` names.

    ``meant`` are beginnings of the Diff's lines, as ``users: column email appeared``.
    """

    def judge(evidence: Evidence) -> Iterator[Finding]:
        changes = [one for one in schema_changes(evidence.changes) if not one.describe().startswith(meant)]
        lost = [change.describe() for change in changes if change.loses]
        extra = [one for one in changes if one.action == "appeared" and one.kind in _EXTRA and not _working_copy(one)]
        for line in lost:
            yield not_yet(
                f"Lost on the way: {line}",
                "A batch rebuild copies only what SQLAlchemy sees: make it again after it, or rebuild by hand.",
            )
        for change in extra:
            yield not_yet(
                f"Nobody asked for it: {change.describe()}",
                "If it only helped the migration, drop it at the end of upgrade().",
            )
        leftovers = [name for name in evidence.after.tables if name.startswith(_WORKING_COPY)]
        for name in leftovers:
            yield not_yet(f"The working copy {name} is left behind", "A batch rebuild stopped half-way: drop its copy.")
        if not lost and not extra and not leftovers:
            yield right("Nothing else was lost or came: constraints, indexes and triggers are as they were")

    return Requirement(judge)


def _working_copy(change: Change) -> bool:
    return change.kind == "table" and change.name.startswith(_WORKING_COPY)


def _row(values: tuple[Any, ...]) -> str:
    if not values:
        return "no row"
    words = ["NULL" if value is None else repr(value) for value in values]
    return f"({', '.join(words)})"


def _some(lines: list[str]) -> str:
    more = f"; and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return "; ".join(lines[:_SHOWN]) + more
