"""Requirements on the history: the version at head, the way back, and the learner's own database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migration_lab.exercises.definition import Requirement
from migration_lab.exercises.evidence import Evidence, schema_changes
from migration_lab.exercises.verdict import Finding, not_yet, right
from migration_lab.snapshot import Diff, diff


def at_head() -> Requirement:
    """The upgraded copy is at the one head, and that is beyond the start."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        heads, versions = evidence.heads, evidence.after.versions
        if len(heads) != 1:
            yield not_yet(f"There are {len(heads)} heads: {', '.join(heads) or 'none'}", "alembic heads shows them.")
        elif versions != heads:
            yield not_yet(f"The copy is at {', '.join(versions) or 'nothing'}, not at {heads[0]}", "alembic current.")
        else:
            yield right(f"The upgrade ends at head, {heads[0]}")

    return Requirement(judge)


def downgrade_restores_schema(values_may_differ: Sequence[str] = ()) -> Requirement:
    """``downgrade`` to the start gets through, and schema, rows and values are the start's again.

    Columns in ``values_may_differ`` may keep the values that the upgrade gave them.
    """
    back = "downgrade() undoes upgrade(), step by step from its end."

    def judge(evidence: Evidence) -> Iterator[Finding]:
        if evidence.down is None:
            words = evidence.down_failure.words if evidence.down_failure else "it was not run"
            yield not_yet(f"The downgrade failed: {words}", back)
            return
        changes = diff(evidence.before, evidence.down)
        # A trigger that the upgrade put into other words has been tried out by now.
        upgraded = [trigger for table in evidence.after.tables.values() for trigger in table.triggers]
        lines = [one.describe() for one in schema_changes(changes) if one.after not in upgraded]
        lines += [
            change.describe()
            for change in changes.row_changes
            if change.action != "changed" or not set(change.columns) <= set(values_may_differ)
        ]
        for line in lines[:4]:
            yield not_yet(f"After the downgrade, other than before: {line}", back)
        if not lines:
            yield right(f"downgrade brings {evidence.start_revision} back as it was")

    return Requirement(judge, downgrade=True)


def own_database() -> Requirement:
    """The learner ran it: their own database is at head, of the schema that their files make, with its rows."""
    again = "restore_database(), then upgrade to head once more: the cell under your migration does both."

    def judge(evidence: Evidence) -> Iterator[Finding]:
        own = evidence.own
        if own is None:
            yield not_yet(
                f"Your own database can't be read: {evidence.own_problem}", "Start over, or close what holds it."
            )
            return
        if own.versions != evidence.heads:
            where = ", ".join(own.versions) or "nothing"
            yield not_yet(f"Your own database is at {where}, not at {', '.join(evidence.heads)}", f"Run it: {again}")
            return
        other = _schema_lines(diff(evidence.after, own))
        gone = [change.describe() for change in diff(evidence.start, own).row_changes if change.action == "vanished"]
        if other:
            yield not_yet(
                f"Your own database differs from what your files make: {other[0]}",
                f"Was the file edited after the upgrade? {again}",
            )
        elif gone:
            yield not_yet(f"Your own database lost a row: {gone[0]}", again)
        else:
            yield right("Your own database is at head, too")

    return Requirement(judge)


def _schema_lines(changes: Diff) -> list[str]:
    return [change.describe() for change in schema_changes(changes)]
