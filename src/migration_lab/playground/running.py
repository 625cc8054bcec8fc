"""Run one scenario on a fresh database, and measure what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from migration_lab.engines import Engine, SQLite
from migration_lab.lessons import CREATED, Stage, build_project, copy_folder, point_to
from migration_lab.migrations import Failure, Statement
from migration_lab.playground.choices import Scenario
from migration_lab.playground.contents import Contents
from migration_lab.playground.migrations import MigrationFile, write_migrations
from migration_lab.playground.trials import Seen, WayBack, look, way_back, write
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

    def prepare(self, scenario: Scenario, folder: Path) -> tuple[MigrationFile, ...]:
        """Make a project in ``folder``, which must not exist: table and rows there, migrations written, not yet run."""
        engine = scenario.engine
        start = self._starts / f"{engine.key}_{scenario.rows}"
        if not start.exists():
            build_project(start, Stage(CREATED.files), engine)
            self._made.append((engine, engine.url(start)))
            seed = (_users(scenario),) if scenario.rows else ()
            # Not in this Python: a cell may be running Alembic, which can't run twice at once.
            self._rehearsals.run(Plan(start, engine, engine.url(start), to=START, written=seed))
        _copy_project(engine, start, folder)
        if not isinstance(engine, SQLite):
            engine.copy(engine.url(start), engine.url(folder))
        files = write_migrations(scenario)
        for file in files:
            (folder / "migrations" / "versions" / file.name).write_text(file.text, encoding="utf-8")
        return files

    def run(self, scenario: Scenario, project: Path | None = None, home: Path | None = None) -> Run:
        """Upgrade a fresh project to head, and go back, in a temporary folder.

        As it is between the two, it goes to the folder ``project``, if one is named, which must not exist; ``home`` is
        the folder that this will be moved to, where that is another one.
        """
        engine = scenario.engine
        with _temporary_folder(engine) as folder:
            files = self.prepare(scenario, folder)
            kept = None
            if project is not None:
                _copy_project(engine, folder, project, home)
                kept = _database(engine, project, home)
            # One database a run: a server has to write another one's files to the disk before it drops the first.
            plan = Plan(
                project=folder,
                engine=engine,
                database=engine.url(folder),
                start=START,
                kept=kept,
                retry=True,
                written=write(scenario),
                back=True,
                again=True,
                look=partial(look, scenario),
            )
            report = self._rehearsals.run(plan)
        after, failure = report.after("upgrade"), report.failure("upgrade")
        assert report.before is not None, f"the run did not begin: {report.stopped or report.refused}"
        assert after is not None, f"the run did not come back: {report.stopped or report.refused}"
        good, seen = report.good(), report.seen.get("upgrade")
        assert isinstance(seen, Seen | None)
        return Run(
            scenario=scenario,
            files=files,
            statements=report.statements,
            before=report.before,
            after=after,
            seconds=report.seconds,
            failure=failure,
            half=diff(good, after) or None if failure is not None and good is not None else None,
            retry=report.failure("retry"),
            contents=seen.old if seen else None,
            new_row=seen.new if seen else None,
            way_back=way_back(scenario, report) if after.versions != report.before.versions else None,
        )

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
def _temporary_folder(engine: Engine) -> Iterator[Path]:
    """The path of a project folder that isn't made yet; folder and database are gone after the ``with`` block."""
    with TemporaryDirectory(prefix="migration_lab_", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary) / "project"
        try:
            yield folder
        finally:
            engine.drop(engine.url(folder))


def _database(engine: Engine, folder: Path, home: Path | None) -> sa.URL:
    """The database of a project in ``folder`` that will be moved to ``home``: a file goes along."""
    return engine.url(folder if isinstance(engine, SQLite) else home or folder)


def _copy_project(engine: Engine, project: Path, folder: Path, home: Path | None = None) -> None:
    """Copy a project's files, to work on the database of ``home``; SQLite's database is one of them."""
    copy_folder(project, folder)
    if not isinstance(engine, SQLite):
        point_to(folder, engine, _database(engine, folder, home))


def _users(scenario: Scenario) -> str:
    """One INSERT of all rows."""
    name = "'user' || id" if isinstance(scenario.engine, SQLite) else "concat('user', id)"
    digits = ", ".join(f"{_DIGITS} AS {alias}" for alias in "abcde")
    return _USERS.format(rows=scenario.rows, name=name, digits=digits)
