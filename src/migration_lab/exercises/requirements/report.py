"""Requirements on the report of a rehearsal: clean, and with nothing accepted that isn't meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from migration_lab.exercises.definition import Requirement
from migration_lab.exercises.evidence import Evidence
from migration_lab.exercises.verdict import Finding, not_yet, right

_SHOWN = 4


def report_clean(accepting: Collection[tuple[str, str]] = ()) -> Requirement:
    """A rehearsal finds nothing, up and down, but what the baseline accepts: by rule and table."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        report = evidence.report
        assert report is not None
        loud = [*report.errors, *report.warnings]
        for one in loud[:_SHOWN]:
            yield not_yet(f"The report has {one.rule} {one.subject}".rstrip() + f": {one.meaning}", one.remedy)
        accepted = {(one.rule, one.table) for one in report.accepted}
        for rule, table in sorted(accepted - set(accepting)):
            look = "Take it out of baseline.json, and repair the migration."
            yield not_yet(f"The baseline accepts {rule} of {table}, which nobody means", look)
        for rule, table in sorted(set(accepting) - accepted):
            yield not_yet(f"The baseline doesn't accept {rule} of {table}", "That is what is meant: does it happen?")
        if not loud and accepted == set(accepting):
            yield right("The report is clean" + (", and what is meant is accepted" if accepted else ""))

    return Requirement(judge, report=True)
