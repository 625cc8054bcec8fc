"""What the steps of a rehearsal tell by themselves: what stopped one, what it left, and what it met in the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from migration_lab.migrations import Failure
from migration_lab.rehearsal.asked import Asked
from migration_lab.rehearsal.blame import Blame, relative
from migration_lab.rehearsal.meeting import Met
from migration_lab.rehearsal.plan import Report, Step
from migration_lab.rehearsal.report import Finding, Place, RehearsedStep
from migration_lab.rehearsal.rules import RULES
from migration_lab.rehearsal.writing import Meanwhile
from migration_lab.snapshot import Diff

# What an operation meets is told where it was stopped by it, and otherwise only where it wasn't and should have been.
STOPPING = ("nulls-meet-not-null", "not-null-without-default", "duplicates-meet-unique", "rows-meet-check")


class Steps:
    """Judges steps of migrations that lie in ``folders``."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders

    def met(self, step: Step, blame: Blame, *, failed: bool) -> Iterator[Finding]:
        """What a step's operations met in the rows, where that is worth a word."""
        for met in met_by(step):
            table, name = met.asked.table, met.name
            if met.rule == "rows-lost-by-cascade":
                if not failed:  # told by what is gone
                    continue
                table, name = met.name, ""
            stopped = step.failure is not None or (step.observed and met in step.observed.past)
            if met.rule in STOPPING and not stopped and not _never_validated(met, step):
                continue
            yield blame.finding(
                met.rule,
                table,
                name,
                _met_words(met),
                revision=step.revision,
                place=met.asked.place,
                samples=met.samples,
                count=met.count,
            )

    def failed(self, up: Report) -> Iterator[Finding]:
        """Why the upgrade didn't come through; nothing where it did."""
        steps = up.of("upgrade")
        last = steps[-1] if steps else None
        if last is None:
            return
        if last.locked:
            yield self.finding("never-ends-transaction", last, "")
        elif up.stopped and not last.done:
            yield self.finding("upgrade-fails", last, f"The process that ran it stopped: {up.stopped}.")
        elif last.failure is not None:
            if up.refused:
                yield self.finding("reaches-elsewhere", last, f"{up.refused[:1].upper()}{up.refused[1:]}.")
            else:
                yield self.finding("upgrade-fails", last, _words(last.failure), last.failure)
            left = _left(up)
            if left:
                yield self.finding("half-migration-left", last, f"{'; '.join(left[:3])}.")
                again = up.failure("retry")
                if again is not None:
                    yield self.finding("retry-fails", last, _words(again), again)

    def meanwhile(self, meanwhile: Meanwhile) -> Iterator[Finding]:
        """What went wrong because of the clients, or for them."""
        step = meanwhile.failed
        if step is not None:
            failure = step.failure
            words = _words(failure) if failure else f"its process stopped: {meanwhile.stopped}"
            yield self.finding("upgrade-fails", step, f"While clients use {meanwhile.table}: {words}", failure)
        failed = meanwhile.outcome.failures
        if failed:
            words = f"{len(failed)} of {len(meanwhile.outcome.requests)}, the first with: {failed[0].error}"
            yield Blame.finding("requests-failed", meanwhile.table, "", words, count=len(failed))

    def drift(self, step: Step) -> Iterator[Finding]:
        """Where the models and the migrated copy differ, by the step that asked Alembic."""
        failure = step.failure
        if failure is not None and "does not provide a MetaData" not in failure.words:
            yield Blame.finding("check-fails", "", "", " ".join(_words(failure).split()))
        if failure is None and step.found:
            yield Finding(
                "models-differ",
                "",
                "",
                RULES["models-differ"].meaning,
                "Bring them together: 'alembic check' tells the same, and 'alembic revision --autogenerate' writes it.",
                samples=step.found[:5],
                count=len(step.found),
            )

    def not_back(self, down: Report) -> Finding | None:
        """Why the downgrade didn't come through; None where it did."""
        steps = down.of("downgrade")
        last = steps[-1] if steps else Step("downgrade")
        if steps and last.failure is None and last.after is not None:
            return None
        words = _words(last.failure) if last.failure else f"The process that ran it stopped: {down.stopped}."
        return self.finding("downgrade-fails", last, down.refused or words, last.failure)

    def not_again(self, last: Step) -> Iterator[Finding]:
        """Why the last step of the second upgrade failed; nothing where it didn't."""
        if last.failure is not None:
            yield self.finding("again-fails", last, _words(last.failure), last.failure)

    def finding(self, rule: str, step: Step, words: str, failure: Failure | None = None) -> Finding:
        """A finding about a whole step, on the line on which it failed or began."""
        place = relative(self._place(step))
        found = Blame.finding(rule, "", step.revision, " ".join(words.split()), revision=step.revision, place=place)
        if failure is not None and failure.remedy and rule.endswith("fails"):
            found = replace(found, remedy=failure.remedy)
        return found

    def told(self, step: Step, up: Report | None = None) -> RehearsedStep:
        """The step for people; with the upgrade's report, also what it left behind where it failed."""
        observed = step.observed
        return RehearsedStep(
            step.action,
            step.revision,
            step.seconds,
            step.statements,
            step.failure,
            relative(self._place(step)),
            observed.lock if observed else "",
            observed.lock_seconds if observed else 0.0,
            tuple(_left(up)) if up is not None and step.failure is not None and step.action == "upgrade" else (),
        )

    def _place(self, step: Step) -> Place | None:
        """The line on which a step failed; else the first that it ran of its migration."""
        if step.failure is not None:
            line = line_of(step.failure, self._folders)
            if line is not None:
                return line
        places = [one.place for one in asked_by(step) if one.place]
        return places[0] if places else None


def met_by(step: Step) -> list[Met]:
    """What the operations of a step met in the rows."""
    return step.observed.met if step.observed else []


def asked_by(step: Step) -> list[Asked]:
    """The operations of a step."""
    return list(step.observed.asked) if step.observed else []


def line_of(failure: Failure, folders: tuple[Path, ...]) -> Place | None:
    """The last line of a traceback that lies in one of the folders."""
    names = tuple(str(folder.resolve()) for folder in folders)
    found = [(name, int(line)) for name, line in re.findall(r'File "([^"]+)", line (\d+)', failure.traceback)]
    inside = [Place(name, line) for name, line in found if str(Path(name).resolve()).startswith(names)]
    return inside[-1] if inside else None


def _words(failure: Failure) -> str:
    return f"{failure.type}: {failure.words}"


def _left(up: Report) -> list[str]:
    """What a failed upgrade left behind, a line each."""
    good, after = up.good(), up.after("upgrade")
    if good is None or after is None:
        return []
    return [change.describe() for change in Diff(good, after).changes if change.kind != "version"]


def _never_validated(met: Met, step: Step) -> bool:
    """Whether rows break a CHECK, and it is there all the same, since it looks at new ones alone."""
    table = step.after.table(met.asked.table) if step.after else None
    return any(check.name == met.name and "NOT VALID" in check.options for check in (table.checks if table else ()))


def _met_words(met: Met) -> str:
    many = "1 row" if met.count == 1 else f"{met.count} rows"
    if met.rule == "rows-lost-by-cascade":
        return f"{many} of {met.name} go with {met.asked.table} (ON DELETE {met.other}, and foreign keys are on)."
    subject = ".".join(word for word in (met.asked.table, met.name) if word)
    if met.rule == "duplicates-meet-unique":
        return f"{subject}: {met.count} {'value' if met.count == 1 else 'values'} more than once."
    return f"{subject}: {many}."
