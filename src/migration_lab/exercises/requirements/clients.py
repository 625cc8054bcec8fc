"""Requirements on what others saw and did while the upgrade ran. What one run shows may be chance: it is run again."""

from __future__ import annotations

from collections.abc import Iterator

from migration_lab.exercises.definition import Requirement
from migration_lab.exercises.evidence import Evidence
from migration_lab.exercises.verdict import Finding, not_yet, right

_SHOWN = 2


def nobody_waits(seconds: float, share: float, look: str) -> Requirement:
    """No client waited longer than ``seconds``; or, on a slow computer, than that ``share`` of the upgrade's time.

    At most twice as long: the time is the learner's, who may rest as long as they like.
    """

    def judge(evidence: Evidence) -> Iterator[Finding]:
        longest, took = evidence.meanwhile.outcome.longest, evidence.meanwhile.seconds
        most = max(seconds, min(share * took, 2 * seconds))
        if longest is None:
            yield right("Nobody waited: the upgrade was over before anybody came")
        elif longest.took > most:
            waited = f"One who wanted to {longest.kind} waited {longest.took:.2f} s"
            yield not_yet(f"{waited}: {most:.2f} s are the most, of an upgrade of {took:.2f} s", look)
        else:
            yield right(f"Nobody waited longer than {longest.took:.2f} s, and the upgrade took {took:.2f} s")

    return Requirement(judge, timed=True)


def nobody_fails(look: str) -> Requirement:
    """Every request of a client was answered."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        outcome = evidence.meanwhile.outcome
        words = sorted({request.error for request in outcome.failures})
        if words:
            yield not_yet(f"{len(outcome.failures)} requests failed: {'; '.join(words[:_SHOWN])}", look)
        else:
            yield right(f"All {len(outcome.requests)} requests of others were answered")

    return Requirement(judge, timed=True)


def was_killed(look: str) -> Requirement:
    """The migration was once half-way, where a kill leaves something to go on with."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        if evidence.meanwhile.killed:
            yield right("It was killed half-way, and the next upgrade went on to head")
        else:
            yield not_yet("It never was half-way: nothing was committed before the end", look)

    return Requirement(judge, timed=True)


def gives_up(look: str) -> Requirement:
    """The upgrade failed with the database's own words that it is locked, and left nothing behind."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        failure = evidence.failure
        if failure is None:
            yield not_yet("The upgrade says that it went well, though the lock never could be had", look)
        elif "locked" not in failure.words:
            yield not_yet(f"The upgrade raised {failure.type}: {failure.words}", look)
        else:
            yield right(f"It gives up in the database's own words: {failure.words}")

    return Requirement(judge)
