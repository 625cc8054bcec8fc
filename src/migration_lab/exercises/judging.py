"""Judge a learner's folder: tried at all? Then replay, look at every requirement, and put the findings together."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from migration_lab.exercises.definition import Exercise
from migration_lab.exercises.deploying import judge_deploy
from migration_lab.exercises.evidence import Evidence
from migration_lab.exercises.rehearsal import Copy, Trouble, own_snapshot, prepare, rehearse
from migration_lab.exercises.verdict import Finding, Outcome, Verdict, not_yet
from migration_lab.migrations import explain
from migration_lab.rehearsal import Rehearsals
from migration_lab.snapshot import diff

LIMIT = 10.0  # seconds for a whole check
_DEPLOY = 3  # times that: a deploy starts a process for each version and migration, in a full room beside many others


def judge(
    exercise: Exercise,
    folder: Path,
    *,
    limit: float = LIMIT,
    rehearsals: Rehearsals | None = None,
    untried: bool = False,
) -> Verdict:
    """Check the project in ``folder``. Never raises for anything that a learner can do to it.

    ``rehearsals`` runs the migrations, by default a process for this check alone. With ``untried`` a folder is judged
    though nothing was done in it yet.
    """
    begin = time.monotonic()
    try:
        # Windows may hold a file of the stopped replay for a moment: leave it to the system's own clearing.
        with (
            tempfile.TemporaryDirectory(prefix="migration-lab-", ignore_cleanup_errors=True) as name,
            nullcontext(rehearsals) if rehearsals is not None else Rehearsals() as runner,
        ):
            verdict = _judged(exercise, folder, Path(name), begin, limit, runner, untried)
    except Exception as error:
        words = not_yet(f"The check itself stumbled: {type(error).__name__}: {error}", "Start over helps if it stays.")
        verdict = Verdict(Outcome.ERROR, (words,), explain(error))
    return replace(verdict, seconds=time.monotonic() - begin)


def _judged(
    exercise: Exercise, folder: Path, work: Path, begin: float, limit: float, rehearsals: Rehearsals, untried: bool
) -> Verdict:
    copies = _copies(exercise, folder, work / "first")
    if not untried and not _tried(exercise, folder, copies[0]):
        look = f"The check replays your files: write {exercise.path}. A hint is no shame."
        return Verdict(Outcome.NOT_TRIED, (not_yet("Nothing here but what you were given", look),))
    if exercise.deploy is not None:
        return judge_deploy(exercise.deploy, exercise.scenes[0], folder, begin + _DEPLOY * limit)
    verdict, by_chance = _rehearsed(exercise, folder, copies, begin + limit, limit, rehearsals)
    if by_chance and time.monotonic() < begin + limit / 2:
        copies = _copies(exercise, folder, work / "second")
        verdict, _ = _rehearsed(exercise, folder, copies, begin + limit, limit, rehearsals)
    return verdict


def _copies(exercise: Exercise, folder: Path, work: Path) -> list[Copy]:
    work.mkdir()
    return [prepare(scene, folder, work / f"scene_{place}") for place, scene in enumerate(exercise.scenes)]


def _rehearsed(
    exercise: Exercise, folder: Path, copies: list[Copy], deadline: float, limit: float, rehearsals: Rehearsals
) -> tuple[Verdict, bool]:
    """What a rehearsal shows, and whether all that is missing may be missing by chance."""
    outcomes = rehearse(exercise, folder, copies, deadline, limit, rehearsals)
    findings: list[Finding] = []
    by_chance: list[bool] = []
    failure = None
    for copy, outcome in zip(copies, outcomes, strict=True):
        name = f"{copy.scene.name}: " if copy.scene.name else ""
        if isinstance(outcome, Trouble):
            failure = failure or outcome.failure
        found = _of_trouble(outcome) if isinstance(outcome, Trouble) else _of_evidence(copy, outcome)
        for finding, timed in found:
            findings.append(replace(finding, text=name + finding.text))
            by_chance += [] if finding.right else [timed]
    if any(isinstance(outcome, Trouble) for outcome in outcomes):
        return Verdict(Outcome.ERROR, tuple(findings), failure), False
    ending = Outcome.NOT_YET if by_chance else Outcome.RIGHT
    return Verdict(ending, tuple(findings)), bool(by_chance) and all(by_chance)


def _of_trouble(trouble: Trouble) -> Iterator[tuple[Finding, bool]]:
    yield not_yet(trouble.words, trouble.look), False
    for line in trouble.left:
        yield not_yet(f"Left half-way by the error: {line}", "restore_database() puts your own database back."), False


def _of_evidence(copy: Copy, evidence: Evidence) -> Iterator[tuple[Finding, bool]]:
    """The findings, and for each whether it is timed."""
    for requirement in copy.scene.requirements:
        try:
            # All of one before the next: half a requirement's findings would say nothing.
            found = list(requirement.judge(evidence))
        except Exception as error:
            found = [not_yet(f"This can't be looked at: {error}", "Is the database as the task wants it?")]
        yield from ((finding, requirement.timed) for finding in found)


def _tried(exercise: Exercise, folder: Path, copy: Copy) -> bool:
    """Whether a file differs from what the learner was given, or the database does without having been upgraded."""
    given = _texts(copy.project.with_name("start"))
    mine = _texts(folder)
    if mine.get(exercise.path) == exercise.skeleton.strip():
        mine.pop(exercise.path)
        given.pop(exercise.path, None)
    if mine != given:
        return True
    own, _ = own_snapshot(folder)
    if own is None:
        return True  # somebody's doing, too
    # Run All upgrades with the files as given, which may change much: that is no try yet.
    return own.versions == copy.start.versions and bool(diff(copy.start, own))


def _texts(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8", errors="replace").strip()
        for path in folder.rglob("*.py")
        if "__pycache__" not in path.parts and ".ipynb_checkpoints" not in path.parts
    }
