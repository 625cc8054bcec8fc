"""Run one scenario on a fresh database, and measure what came of it."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command

from migration_lab.alembic_project import project_config
from migration_lab.failure import Failure
from migration_lab.playground.alone import alembic_alone, upgrade
from migration_lab.playground.choices import Scenario
from migration_lab.playground.contents import Contents
from migration_lab.playground.migrations import MigrationFile, write_migrations
from migration_lab.playground.trials import WayBack, go_back, look
from migration_lab.snapshot import Diff, Snapshot, diff
from migration_lab.stage import CREATED, Stage, build_project
from migration_lab.statements import Statement, record_statements

START = "0001"


class Outcome(Enum):
    """What a run came to; the value is how people say it."""

    WORKS = "works"
    WRONG = "works, but wrong"
    REFUSED = "refused"
    HALF = "half a migration"


@dataclass(frozen=True, slots=True)
class Run:
    """One scenario, run. Everything in it was read from the database or caught from it.

    ``statements`` and ``seconds`` are those of ``alembic upgrade head``. After an error, ``half`` tells what the
    database has beyond the revision that it says it is at, and ``retry`` how a second upgrade fails. Where there was no
    error, ``contents`` is the column in the old rows, ``new_row`` the same in a row inserted without a value, or the
    failure of that INSERT. ``way_back`` is None where the upgrade stopped before its first revision was through.
    """

    scenario: Scenario
    files: tuple[MigrationFile, ...]
    statements: tuple[Statement, ...]
    before: Snapshot
    after: Snapshot
    seconds: float
    failure: Failure | None = None
    half: Diff | None = None
    retry: Failure | None = None
    contents: Contents | None = None
    new_row: Contents | Failure | None = None
    way_back: WayBack | None = None

    @property
    def outcome(self) -> Outcome:
        """What it came to."""
        if self.failure is not None:
            return Outcome.HALF if self.half else Outcome.REFUSED
        return Outcome.WRONG if self.problems else Outcome.WORKS

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong although nothing was refused, a sentence each."""
        old = self.contents.problems if self.contents else ()
        new = self.new_row.problems if isinstance(self.new_row, Contents) else ()
        lost = tuple(f"lost on the way: {change.describe()}" for change in diff(self.before, self.after).lost)
        return (*old, *(f"a new row without a value: {problem}" for problem in new), *lost)

    @property
    def words(self) -> str:
        """The reason for the outcome in a line: the database's words, or the first thing that is wrong."""
        if self.failure is not None:
            where = ", ".join(self.after.versions)
            return f"{self.failure.words}" + (f" (stopped at {where})" if where != START else "")
        if self.problems:
            return self.problems[0]
        nulls = self.contents.nulls if self.contents else 0
        return f"{nulls:,} {'row has' if nulls == 1 else 'rows have'} NULL" if nulls else ""


def prepare(scenario: Scenario, folder: Path) -> tuple[MigrationFile, ...]:
    """Make a project in ``folder``, which must not exist: table and rows there, migrations written and not yet run."""
    files = write_migrations(scenario)
    build_project(folder, Stage(CREATED.files))
    ini = folder / "alembic.ini"
    url = f"sqlalchemy.url = {scenario.engine.url('%(here)s')}"
    text = re.sub(r"^sqlalchemy\.url = .*$", lambda _: url, ini.read_text(encoding="utf-8"), flags=re.MULTILINE)
    ini.write_text(text, encoding="utf-8")
    for file in files:
        (folder / "migrations" / "versions" / file.name).write_text(file.text, encoding="utf-8")
    with alembic_alone():
        command.upgrade(project_config(folder), START)
    names = ("adi", "john")
    users = [(key, names[key - 1] if key <= len(names) else f"user{key}") for key in range(1, scenario.rows + 1)]
    scenario.engine.fill(folder, users)
    return files


def run(scenario: Scenario, project: Path, files: tuple[MigrationFile, ...]) -> Run:
    """Upgrade a prepared project to head, and look at what is there then. All trials after that are made on copies."""
    engine = scenario.engine
    before = engine.snapshot(project)
    with record_statements() as statements:
        started = time.perf_counter()
        failure = upgrade(project)
        seconds = time.perf_counter() - started
    after = engine.snapshot(project)
    half, retry, contents, new_row, back = None, None, None, None, None
    with TemporaryDirectory(prefix="migration_lab_") as temporary:
        copy = Path(temporary) / "copy"
        shutil.copytree(project, copy)
        if failure is None:
            contents, new_row = look(scenario, copy)
        else:
            half = _beyond(scenario, before, after, Path(temporary) / "clean")
        if after.versions != before.versions:
            back = go_back(scenario, copy, START)
        elif failure is not None:
            retry = upgrade(copy)
    return Run(
        scenario, files, tuple(statements), before, after, seconds, failure, half, retry, contents, new_row, back
    )


def run_apart(scenario: Scenario) -> Run:
    """Run a scenario in a temporary folder, which is gone afterwards."""
    with TemporaryDirectory(prefix="migration_lab_") as temporary:
        project = Path(temporary) / "project"
        return run(scenario, project, prepare(scenario, project))


def _beyond(scenario: Scenario, before: Snapshot, after: Snapshot, clean: Path) -> Diff | None:
    """How a database differs from one that was only upgraded to the revision it says it is at. None: not at all."""
    expected = before
    if after.versions != before.versions:
        prepare(scenario, clean)
        for version in after.versions:
            if upgrade(clean, version) is not None:
                return diff(before, after)  # it can't be reached cleanly, so nothing cleaner is left to compare with
        expected = scenario.engine.snapshot(clean)
    return diff(expected, after) or None
