"""What a check says: a list of findings, each right or not yet and never only 'wrong', and the outcome of them all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from migration_lab.migrations import Failure


class Outcome(Enum):
    """The four ways a check can end. The value is the word that the learner reads."""

    RIGHT = "right"
    NOT_YET = "not yet"
    ERROR = "error"
    NOT_TRIED = "not tried yet"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a verdict: what was found, whether that is ``right``, and if it isn't, where to ``look``."""

    right: bool
    text: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings of one check. ``failure`` is what the learner's migration raised, if it raised."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    failure: Failure | None = None
    seconds: float = 0.0

    @property
    def missing(self) -> tuple[Finding, ...]:
        """The findings that are not right yet."""
        return tuple(finding for finding in self.findings if not finding.right)

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        if self.outcome is Outcome.RIGHT:
            return f"Right: all {len(self.findings)} points hold, on rows that you never saw, too."
        if self.outcome is Outcome.NOT_TRIED:
            return "Not tried yet: everything is as it was at the start."
        if self.outcome is Outcome.ERROR:
            return "Error: the migration did not get through on a fresh copy of the database."
        return f"Not yet: {len(self.missing)} of {len(self.findings)} points to go."


def right(text: str) -> Finding:
    """A finding that is as it should be."""
    return Finding(True, text)


def not_yet(text: str, look: str) -> Finding:
    """A finding that isn't as it should be yet, and where to look."""
    return Finding(False, text, look)
