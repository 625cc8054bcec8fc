"""Rehearse a learner's migrations on copies: the start built anew, hidden rows added, the migrations replayed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from migration_lab import sqlite
from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.evidence import ALL_ROWS, Evidence
from migration_lab.exercises.replay import Result, Run, read_report, write_plan
from migration_lab.failure import Failure
from migration_lab.history import read_history
from migration_lab.snapshot import Snapshot, SnapshotError, diff, snapshot_file
from migration_lab.stage import build_project

# Runs a plan, given the seconds that it may take, and says how that ended: "" or what stopped it.
Runner = Callable[[Path, Path, float], str]

_OWN_FILES = shutil.ignore_patterns("app.db*", ".migration-lab.json", "__pycache__", ".ipynb_checkpoints")
_TO_JUDGE = 0.7  # seconds of the limit that are kept for reading the copies


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is nothing to judge: ``words`` and where to ``look``; ``left`` is what the error left half-way."""

    words: str
    look: str
    failure: Failure | None = None
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """A scene's database on its way: the snapshots before the replay, and the project that is replayed."""

    scene: Scene
    project: Path
    start: Snapshot
    before: Snapshot


def prepare(scene: Scene, folder: Path, work: Path) -> Copy:
    """Build the scene's start in ``work``, add its hidden rows, and put the learner's files of ``folder`` over it."""
    fresh, project = work / "start", work / "project"
    work.mkdir()
    build_project(fresh, scene.stage)
    start = _snapshot(fresh / "app.db")
    if scene.hidden:
        with closing(sqlite.driver().connect(fresh / "app.db")) as connection:
            connection.executescript(scene.hidden)
            connection.commit()
    before = _snapshot(fresh / "app.db")
    shutil.copytree(folder, project, ignore=_OWN_FILES)
    shutil.copyfile(fresh / "app.db", project / "app.db")
    return Copy(scene, project, start, before)


def rehearse(
    exercise: Exercise, folder: Path, copies: list[Copy], work: Path, deadline: float, limit: float, run: Runner
) -> list[Evidence | Trouble]:
    """Replay the learner's migrations on ``copies`` and say, scene by scene, what came of it.

    ``deadline`` is on the clock of ``time.monotonic``; ``limit`` is what the learner is told of it.
    """
    runs = [
        Run(
            project=str(copy.project),
            start=copy.scene.stage.revision or "base",
            after=str(copy.project.with_name("after.db")),
            down=str(copy.project.with_name("down.db")),
            downgrade=any(one.downgrade for one in copy.scene.requirements),
        )
        for copy in copies
    ]
    plan, report = work / "plan.json", work / "report.json"
    write_plan(plan, runs)
    stopped = run(plan, report, max(deadline - time.monotonic() - _TO_JUDGE, 0.1))
    results = read_report(report) or [Result() for _ in runs]
    heads = read_history(folder / "migrations" / "versions").heads
    own, problem = own_snapshot(folder)
    outcomes: list[Evidence | Trouble] = []
    for copy, one, result in zip(copies, runs, results, strict=True):
        trouble = _trouble(copy, result, stopped, limit)
        outcomes.append(trouble or _evidence(copy, one, result, heads, own, problem))
    return outcomes


def run_in_child(plan: Path, report: Path, seconds: float) -> str:
    """Replay a plan in a process of its own, and end that process, and only that, when the time is over."""
    command = [sys.executable, "-P", "-m", "migration_lab.exercises.replay", str(plan), str(report)]
    # Its own words go nowhere: a migration that prints in a loop must fill neither a pipe nor the disk.
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=plan.parent, stdin=nowhere, stdout=nowhere, stderr=nowhere)
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        return "time"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return f"it ended by itself with exit code {code}" if code else ""


def own_snapshot(folder: Path) -> tuple[Snapshot | None, str]:
    """The learner's own database, or why it can't be read."""
    try:
        return _snapshot(folder / "app.db"), ""
    except SnapshotError as error:
        return None, str(error)


def _snapshot(path: Path) -> Snapshot:
    return snapshot_file(path, module=sqlite.driver(), page_rows=ALL_ROWS)


def _evidence(
    copy: Copy, run: Run, result: Result, heads: tuple[str, ...], own: Snapshot | None, problem: str
) -> Evidence:
    down = _snapshot(Path(run.down)) if Path(run.down).exists() else None
    after = Path(run.after)
    return Evidence(
        start_revision=run.start,
        heads=heads,
        start=copy.start,
        before=copy.before,
        after=_snapshot(after),
        database=after,
        down=down,
        down_failure=result.downgrade_failure,
        own=own,
        own_problem=problem,
    )


def _trouble(copy: Copy, result: Result, stopped: str, limit: float) -> Trouble | None:
    if result.upgrade_failure is not None:
        failure = result.upgrade_failure
        look = " ".join(filter(None, (failure.meaning, failure.remedy)))
        return Trouble(f"The upgrade raised {failure.type}: {failure.words}", look, failure, _left_behind(copy))
    if result.locked:
        return Trouble(
            f"The {result.locked} left the database locked",
            "A connection of the migration's own began a transaction and never ended it: use op.get_bind() instead.",
        )
    if result.done:
        return None
    if stopped == "time" and not result.step:
        return Trouble(f"The replay did not even begin within {limit:g} s", "This computer is busy: check once more.")
    step = result.step or "upgrade"
    if stopped == "time":
        return Trouble(
            f"The {step} did not finish within {limit:g} s, and was stopped",
            "Is there a loop that never ends, or a wait for a lock that the migration itself holds?",
        )
    return Trouble(f"The {step} did not come back: {stopped}", "Does the migration end its own process?")


def _left_behind(copy: Copy) -> tuple[str, ...]:
    """What a failed upgrade left half-way, in the Diff's words."""
    try:
        return tuple(diff(copy.before, _snapshot(copy.project / "app.db")).describe())
    except SnapshotError:
        return ()
