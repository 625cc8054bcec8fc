"""Which revision did it, and on which line of its migration."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from migration_lab.rehearsal.plan import Step
from migration_lab.rehearsal.remedies import REMEDIES
from migration_lab.rehearsal.report import Finding, Place
from migration_lab.rehearsal.rules import RULES
from migration_lab.snapshot import Change, Diff, Snapshot


class Blame:
    """Goes back through the steps of one way. Findings come from here, so that each has its place and its remedy."""

    def __init__(self, before: Snapshot, steps: Iterable[Step]) -> None:
        self._steps = [step for step in steps if step.after is not None]
        self._before = before
        self._diffs: list[Diff] | None = None

    def of(self, table: str, change: Change | None = None) -> tuple[str, Place | None]:
        """The revision in which a change came about, else the first that touched the table; and the line."""
        step = self._step_of(change) if change is not None else None
        step = step or next((one for one in self._steps if self._place(one, table) is not None), None)
        if step is None:
            step = self._steps[0] if self._steps else None
        if step is None:
            return "", None
        return step.revision, self._place(step, table) or (step.observed.last if step.observed else None)

    @staticmethod
    def finding(
        rule: str,
        table: str,
        name: str,
        words: str,
        *,
        revision: str = "",
        place: Place | None = None,
        samples: tuple[str, ...] = (),
        count: int | None = None,
    ) -> Finding:
        """A finding whose meaning is the rule's, and ``words``, what is so in particular."""
        meaning = f"{RULES[rule].meaning} {words}" if words else RULES[rule].meaning
        return Finding(rule, table, name, meaning, REMEDIES.get(rule, ""), revision, relative(place), samples, count)

    def rows_of(self, table: str, *, fewer: bool) -> tuple[str, Place | None]:
        """The revision after which the table had fewer rows, or more, than before it."""
        before = self._before
        for step in self._steps:
            assert step.after is not None
            old, new = before.tables.get(table), step.after.tables.get(table)
            if old and new and (new.row_count < old.row_count if fewer else new.row_count > old.row_count):
                return step.revision, self._place(step, table) or (step.observed.last if step.observed else None)
            before = step.after
        return self.of(table)

    def _step_of(self, change: Change) -> Step | None:
        if self._diffs is None:
            states = [self._before, *(step.after for step in self._steps if step.after is not None)]
            self._diffs = [Diff(old, new) for old, new in pairwise(states)]
        wanted = (change.kind, change.table, change.name)
        for step, diff in zip(self._steps, self._diffs, strict=True):
            if any((one.kind, one.table, one.name) == wanted and one.action == change.action for one in diff.changes):
                return step
        return None

    @staticmethod
    def _place(step: Step, table: str) -> Place | None:
        if step.observed is None:
            return None
        own = [one for one in step.observed.asked if one.table.lower() == table.lower() and one.place]
        # What a rebuild takes along is the rebuild's fault, wherever in the batch an operation stands.
        first = [one for one in own if one.action == "rebuild"] or own
        return first[0].place if first else None


def relative(place: Place | None) -> Place | None:
    """A place as one writes it from the working folder."""
    if place is None or not Path(place.file).is_absolute():
        return place
    near = os.path.relpath(place.file)
    return Place(place.file if near.startswith(os.pardir + os.sep + os.pardir) else near, place.line)
