"""Replay migrations on copies of a database. Run as a process of its own, which can be stopped whatever they do.

``python -m migration_lab.exercises.replay PLAN REPORT`` reads the runs from one JSON file and keeps the other up to
date, so that it also tells how far a replay got that was stopped.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from alembic import command

from migration_lab import sqlite
from migration_lab.alembic_project import project_config
from migration_lab.failure import Failure, explain

_LOCK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Run:
    """One project to upgrade to head and, with ``downgrade``, back to ``start``, with ``app.db`` copied on the way."""

    project: str
    start: str
    after: str
    down: str
    downgrade: bool


@dataclass(slots=True)
class Result:
    """How far one run got: ``step`` is the last that was begun, ``done`` says that all were gone through.

    ``locked`` names the step that left the database locked.
    """

    step: str = ""
    done: bool = False
    locked: str = ""
    upgrade_failure: Failure | None = None
    downgrade_failure: Failure | None = None


def replay(plan: Path, report: Path) -> None:
    """Go through the runs of ``plan``, noting each step in ``report``. A migration's error is noted, not raised."""
    # Python's bytecode cache goes by size and whole seconds: a migration edited twice within one would run stale.
    sys.dont_write_bytecode = True
    runs = [Run(**run) for run in json.loads(plan.read_text(encoding="utf-8"))]
    results = [Result() for _ in runs]

    def note() -> None:
        text = json.dumps([asdict(result) for result in results])
        new = report.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(report)

    for run, result in zip(runs, results, strict=True):
        _go(run, result, note)


def read_report(report: Path) -> list[Result]:
    """What a replay noted; nothing where it never began."""
    try:
        found: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    for result in found:
        for name in ("upgrade_failure", "downgrade_failure"):
            result[name] = Failure(**result[name]) if result[name] else None
    return [Result(**result) for result in found]


def write_plan(plan: Path, runs: list[Run]) -> None:
    """Write the runs for :func:`replay`."""
    plan.write_text(json.dumps([asdict(run) for run in runs]), encoding="utf-8")


def _go(run: Run, result: Result, note: Callable[[], None]) -> None:
    config = project_config(Path(run.project), stdout=io.StringIO())
    # A migration that opens "app.db" by itself means the one beside it, as in the learner's terminal.
    with contextlib.chdir(run.project):
        result.step = "upgrade"
        note()
        result.upgrade_failure = _failure(lambda: command.upgrade(config, "head"))
        if result.upgrade_failure is None and _copied(run.project, run.after, result) and run.downgrade:
            result.step = "downgrade"
            note()
            result.downgrade_failure = _failure(lambda: command.downgrade(config, run.start))
            if result.downgrade_failure is None:
                _copied(run.project, run.down, result)
    result.done = True
    note()


def _failure(step: Callable[[], None]) -> Failure | None:
    try:
        step()
    except (Exception, SystemExit) as error:
        return explain(error)
    return None


def _copied(project: str, target: str, result: Result) -> bool:
    """Copy the database; False, and noted, where the migration left a lock on it."""
    driver = sqlite.driver()
    database = Path(project) / "app.db"
    with closing(driver.connect(database, timeout=_LOCK_SECONDS)) as source:
        try:
            source.execute("BEGIN IMMEDIATE")
        except driver.OperationalError:
            result.locked = result.step
            return False
        source.rollback()
        with closing(driver.connect(target)) as copy:
            source.backup(copy)
    return True


if __name__ == "__main__":
    replay(Path(sys.argv[1]), Path(sys.argv[2]))
