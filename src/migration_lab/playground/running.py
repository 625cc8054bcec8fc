"""Run one scenario on a fresh database, and measure what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from migration_lab.engines import Engine, SQLite
from migration_lab.lessons import CREATED, Stage, build_project, copy_folder, point_to
from migration_lab.migrations import Failure, Statement
from migration_lab.playground.choices import Scenario
from migration_lab.playground.contents import Contents
from migration_lab.playground.migrations import MigrationFile, write_migrations
from migration_lab.playground.trials import WayBack, look, way_back, write
from migration_lab.rehearsal import Plan, Rehearsals
from migration_lab.snapshot import Diff, Snapshot, diff

START = "0001"
# No INSERT of so many rows: SQLite takes a million characters a statement. A row of digits makes a hundred thousand
# of them, on all engines alike.
_USERS = """INSERT INTO users (id, username)
SELECT id, CASE id WHEN 1 THEN 'adi' WHEN 2 THEN 'john' ELSE {name} END FROM
(SELECT 1 + a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS id FROM {digits}) AS numbers
WHERE id <= {rows} ORDER BY id"""
_DIGITS = "(" + " UNION ALL ".join(f"SELECT {n} AS n" for n in range(10)) + ")"


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


class Runs:
    """Runs scenarios one after the other, in one process of their own. To be used in a ``with`` block."""

    def __init__(self, rehearsals: Rehearsals, starts: Path) -> None:
        self._rehearsals = rehearsals
        self._starts = starts
        self._made: list[tuple[Engine, sa.URL]] = []

    def prepare(self, scenario: Scenario, folder: Path, home: Path | None = None) -> tuple[MigrationFile, ...]:
        """Make a project in ``folder``, which must not exist: table and rows there, migrations written, not yet run.

        ``home`` is the folder that it will be moved to, where that is another one.
        """
        engine = scenario.engine
        start = self._starts / f"{engine.key}_{scenario.rows}"
        if not start.exists():
            build_project(start, Stage(CREATED.files), engine)
            self._made.append((engine, engine.url(start)))
            seed = (_users(scenario),) if scenario.rows else ()
            # Not in this Python: a cell may be running Alembic, which can't run twice at once.
            self._rehearsals.run(Plan(start, engine, engine.url(start), to=START, written=seed))
        copy_with_database(engine, start, folder, home or folder)
        files = write_migrations(scenario)
        for file in files:
            (folder / "migrations" / "versions" / file.name).write_text(file.text, encoding="utf-8")
        return files

    def run(self, scenario: Scenario, project: Path, files: tuple[MigrationFile, ...], home: Path | None = None) -> Run:
        """Upgrade a prepared project to head, as it is afterwards, and try everything else on a copy of it."""
        engine = scenario.engine
        own = engine.url(project if isinstance(engine, SQLite) else home or project)
        with temporary_folder(engine) as copy, temporary_folder(engine) as kept_folder:
            kept_folder.mkdir()
            kept = engine.url(kept_folder)
            copy_with_database(engine, project, copy, copy, own)
            plan = Plan(
                project=copy,
                engine=engine,
                database=engine.url(copy),
                start=START,
                kept=kept,
                retry=True,
                written=write(scenario),
                back=True,
                again=True,
            )
            report = self._rehearsals.run(plan)
            after, failure = report.after("upgrade"), report.failure("upgrade")
            assert report.before is not None, f"the run did not begin: {report.stopped or report.refused}"
            assert after is not None, f"the run did not come back: {report.stopped or report.refused}"
            contents, new_row = look(scenario, kept) if failure is None else (None, None)
            back = way_back(scenario, report, kept) if after.versions != report.before.versions else None
            engine.copy(kept, own)
        good = report.good()
        half = diff(good, after) or None if failure is not None and good is not None else None
        return Run(
            scenario=scenario,
            files=files,
            statements=report.statements,
            before=report.before,
            after=after,
            seconds=report.seconds,
            failure=failure,
            half=half,
            retry=report.failure("retry"),
            contents=contents,
            new_row=new_row,
            way_back=back,
        )

    def apart(self, scenario: Scenario) -> Run:
        """Run a scenario in a temporary folder, which is gone afterwards."""
        with temporary_folder(scenario.engine) as project:
            return self.run(scenario, project, self.prepare(scenario, project))

    def close(self) -> None:
        """Drop the databases that all runs started from."""
        for engine, url in self._made:
            engine.drop(url)


@contextmanager
def open_runs() -> Iterator[Runs]:
    """Something to run scenarios with, for the length of a ``with`` block."""
    with Rehearsals() as rehearsals, TemporaryDirectory(prefix="migration_lab_") as starts:
        runs = Runs(rehearsals, Path(starts))
        try:
            yield runs
        finally:
            runs.close()


@contextmanager
def temporary_folder(engine: Engine) -> Iterator[Path]:
    """The path of a project folder that isn't made yet; folder and database are gone after the ``with`` block."""
    with TemporaryDirectory(prefix="migration_lab_", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary) / "project"
        try:
            yield folder
        finally:
            engine.drop(engine.url(folder))


def copy_with_database(engine: Engine, project: Path, folder: Path, home: Path, own: sa.URL | None = None) -> None:
    """Copy a project to ``folder``, and what its database (``own``, where that isn't its folder's) is now.

    On a server, the copy's database is that of ``home``.
    """
    copy_folder(project, folder)
    if not isinstance(engine, SQLite):
        engine.copy(own or engine.url(project), engine.url(home))
        point_to(folder, engine, engine.url(home))


def _users(scenario: Scenario) -> str:
    """One INSERT of all rows."""
    name = "'user' || id" if isinstance(scenario.engine, SQLite) else "concat('user', id)"
    digits = ", ".join(f"{_DIGITS} AS {alias}" for alias in "abcde")
    return _USERS.format(rows=scenario.rows, name=name, digits=digits)
