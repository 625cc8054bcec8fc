"""Rehearse a learner's migrations on the scenes of an exercise: each start built anew, with hidden rows added."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from migration_lab import rehearsal
from migration_lab.engines import default_engine
from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.evidence import ALL_ROWS, Evidence
from migration_lab.exercises.meanwhile import Seen, rehearse_meanwhile
from migration_lab.lessons import build_project
from migration_lab.migrations import Failure, read_history
from migration_lab.rehearsal import Plan, RehearsalError, RehearsalReport, Rehearsals, Report, copy_project
from migration_lab.snapshot import Snapshot, SnapshotError, diff, snapshot_file

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
    """A scene's database on its way: the snapshots before the migrations, and the project that is rehearsed."""

    scene: Scene
    project: Path
    start: Snapshot
    before: Snapshot

    @property
    def told(self) -> Path | None:
        """The project that a report is made of, None where no requirement asks for one."""
        wanted = any(one.report for one in self.scene.requirements)
        return self.project.with_name("told") if wanted else None

    @property
    def plan(self) -> Plan:
        """Up to head, with what comes out kept, and down again where a requirement wants to see that."""
        engine = default_engine()
        return Plan(
            project=self.project,
            engine=engine,
            database=engine.url(self.project),
            start=self.scene.stage.revision or "base",
            kept=engine.file_url(self.project.with_name("after.db")),
            back=any(one.downgrade for one in self.scene.requirements),
            page_rows=ALL_ROWS,
        )


def prepare(scene: Scene, folder: Path, work: Path) -> Copy:
    """Build the scene's start in ``work``, add its hidden rows, and put the learner's files of ``folder`` over it."""
    fresh, project = work / "start", work / "project"
    work.mkdir()
    build_project(fresh, scene.stage)
    start = _snapshot(fresh / "app.db")
    if scene.hidden:
        engine = default_engine()
        engine.run(engine.url(fresh), scene.hidden)
    copy_project(folder, project)
    (fresh / "app.db").rename(project / "app.db")
    copy = Copy(scene, project, start, _snapshot(project / "app.db"))
    if copy.told is not None:
        shutil.copytree(project, copy.told)
    return copy


def rehearse(
    exercise: Exercise, folder: Path, copies: list[Copy], deadline: float, limit: float, rehearsals: Rehearsals
) -> list[Evidence | Trouble]:
    """Rehearse the learner's migrations on ``copies`` and say, scene by scene, what came of it.

    ``deadline`` is on the clock of ``time.monotonic``; ``limit`` is what the learner is told of it.
    """
    heads = read_history(folder / "migrations" / "versions").heads
    own, problem = own_snapshot(folder)
    outcomes: list[Evidence | Trouble] = []
    for copy in copies:
        seconds, seen = max(deadline - time.monotonic() - _TO_JUDGE, 0.1), Seen()
        meanwhile = copy.scene.meanwhile
        if meanwhile is None:
            report = rehearsals.run(copy.plan, seconds)
        else:
            report, seen = rehearse_meanwhile(meanwhile, copy.plan, rehearsals, seconds)
        after = report.after("upgrade")
        trouble = _trouble(copy, report, (meanwhile and meanwhile.most) or limit)
        if trouble is None and after is None:
            trouble = Trouble("The upgrade left no database that can be read", "What became of app.db?")
        told: RehearsalReport | None = None
        if trouble is None and copy.told is not None:
            baseline = copy.told / "baseline.json"
            try:
                told = rehearsal.rehearse(
                    copy.told / "alembic.ini",
                    baseline=baseline if baseline.exists() else None,
                    rehearsals=rehearsals,
                )
            except RehearsalError as error:
                words = str(error).replace(str(baseline), baseline.name)
                trouble = Trouble(f"There is no report: {words}", "rehearse(...) of the cell below says the same.")
        outcomes.append(trouble or _evidence(copy, report, after or copy.before, heads, own, problem, told, seen))
    return outcomes


def own_snapshot(folder: Path) -> tuple[Snapshot | None, str]:
    """The learner's own database, or why it can't be read."""
    try:
        return _snapshot(folder / "app.db"), ""
    except SnapshotError as error:
        return None, str(error)


def _snapshot(path: Path) -> Snapshot:
    return snapshot_file(path, module=default_engine().module, page_rows=ALL_ROWS)


def _evidence(
    copy: Copy,
    report: Report,
    after: Snapshot,
    heads: tuple[str, ...],
    own: Snapshot | None,
    problem: str,
    told: RehearsalReport | None,
    seen: Seen,
) -> Evidence:
    plan, failure = copy.plan, report.failure("downgrade")
    assert plan.kept is not None
    return Evidence(
        start_revision=plan.start,
        heads=heads,
        start=copy.start,
        before=copy.before,
        after=after,
        database=Path(plan.kept.database or ""),
        down=report.after("downgrade") if plan.back and failure is None else None,
        down_failure=failure,
        own=own,
        own_problem=problem,
        report=told,
        meanwhile=seen,
        failure=report.failure("upgrade"),
    )


def _trouble(copy: Copy, report: Report, limit: float) -> Trouble | None:
    step = report.steps[-1] if report.steps else None
    if report.refused:
        return Trouble(
            f"The rehearsal refused: {report.refused}",
            "In alembic.ini the database is sqlite:///%(here)s/app.db, and no migration needs another one.",
        )
    failure = report.failure("upgrade")
    if failure is not None and not (copy.scene.meanwhile and copy.scene.meanwhile.gives_up):
        look = " ".join(filter(None, (failure.meaning, failure.remedy)))
        return Trouble(f"The upgrade raised {failure.type}: {failure.words}", look, failure, _left_behind(copy, report))
    if step is not None and step.locked:
        return Trouble(
            f"The {step.action} left the database locked",
            "A connection of the migration's own began a transaction and never ended it: use op.get_bind() instead.",
        )
    if report.done:
        return None
    if report.stopped == "time" and step is None:
        return Trouble(f"The rehearsal did not even begin within {limit:g} s", "This computer is busy: check again.")
    action = step.action if step is not None else "upgrade"
    if report.stopped == "time":
        return Trouble(
            f"The {action} did not finish within {limit:g} s, and was stopped",
            "Is there a loop that never ends, or a wait for a lock that the migration itself holds?",
        )
    return Trouble(f"The {action} did not come back: {report.stopped}", "Does the migration end its own process?")


def _left_behind(copy: Copy, report: Report) -> tuple[str, ...]:
    """What a failed upgrade left half-way, in the Diff's words."""
    after = report.after("upgrade")
    return tuple(diff(copy.before, after).describe()) if after is not None else ()
