"""Judge a deploy: played on a fresh database with rows that the learner hasn't seen, all versions asked each time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from migration_lab.deploy import Played, environment, play
from migration_lab.engines import default_engine
from migration_lab.exercises.definition import Deploy, Scene
from migration_lab.exercises.verdict import Finding, Outcome, Verdict, not_yet, right

_MOST = 4  # failed requests that are told one by one


def judge_deploy(deploy: Deploy, scene: Scene, folder: Path, deadline: float) -> Verdict:
    """Play the deploy with the files of ``folder``; ``deadline`` is on the clock of ``time.monotonic``."""
    stage = replace(scene.stage, seed=f"{scene.stage.seed}\n{scene.hidden}")
    try:
        steps = deploy.steps(folder)
        with environment(folder, stage, default_engine(), deadline) as place:
            for version in deploy.serving:
                place.begin(version)
            findings = [*_of_play(play(place, steps)), *deploy.at_end(place)]
    except KeyboardInterrupt:
        return _error("The check was interrupted", "Check again: nothing of it is left.")
    except Exception as error:
        if time.monotonic() > deadline:
            return _late()
        return _error(f"{type(error).__name__}: {error}", "The deploy goes no further than that.")
    if time.monotonic() > deadline:
        return _late()
    passed = all(finding.right for finding in findings)
    return Verdict(Outcome.RIGHT if passed else Outcome.NOT_YET, tuple(findings))


def _late() -> Verdict:
    return _error("The deploy did not finish in time", "Is there a loop that never ends?")


def _error(text: str, look: str) -> Verdict:
    return Verdict(Outcome.ERROR, (not_yet(text, look),))


def _of_play(played: Played) -> Iterator[Finding]:
    for step, words in played.troubles[:1]:  # what one of them lacks, later ones often lack as well
        yield not_yet(f"The step “{step}” failed: {words}", "What must be there before it?")
    if len(played.troubles) > 1:
        yield not_yet(f"And {len(played.troubles) - 1} more steps failed", "Begin with the first.")
    if not played.troubles:
        yield right("Every step went through")
    for trial in played.failures[:_MOST]:
        yield not_yet(
            f"At “{trial.step}” the {trial.call.statement} of {trial.version} failed: {trial.answer.words}",
            f"The matrix of the lesson: what can {trial.version} live with?",
        )
    if len(played.failures) > _MOST:
        yield not_yet(f"And {len(played.failures) - _MOST} more requests failed", "Begin with the first.")
    if not played.failures:
        yield right(f"None of {len(played.trials)} requests failed")
