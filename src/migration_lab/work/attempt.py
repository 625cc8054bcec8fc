"""A learner's attempt at an exercise: a folder of ``scratch_db`` that is a real Alembic project, checked on demand."""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from pathlib import Path

from alembic.config import Config
from sqlalchemy import Engine

from migration_lab.engines import sqlite_driver
from migration_lab.exercises import LIMIT, Exercise, Verdict, find, judge
from migration_lab.lessons import InUseError, Lesson, ScratchError, build_project, open_lesson
from migration_lab.rehearsal import Rehearsals
from migration_lab.work import progress

_LOCK_SECONDS = 1.0
_BUSY = (5, 6)  # SQLITE_BUSY, SQLITE_LOCKED


class Attempt:
    """An open exercise. Made by :func:`open_exercise`.

    ``note`` is a line on the progress file where the last save met a problem, else ``""``.
    """

    def __init__(self, exercise: Exercise, lesson: Lesson) -> None:
        self.exercise = exercise
        self.lesson = lesson
        self.hints_taken = 0
        self.note = ""

    @property
    def folder(self) -> Path:
        """The Alembic project: ``models.py``, ``alembic.ini``, ``migrations/`` and ``app.db``."""
        return self.lesson.folder

    @property
    def versions(self) -> Path:
        """The folder of the migration files."""
        return self.lesson.versions

    @property
    def config(self) -> Config:
        """A new Alembic Config of the project, for ``command.upgrade(config, "head")``."""
        return self.lesson.config

    @property
    def engine(self) -> Engine:
        """A SQLAlchemy engine on the database."""
        return self.lesson.engine

    def check(self, *, limit: float = LIMIT, rehearsals: Rehearsals | None = None) -> Verdict:
        """Check what is there now, and note the outcome. Never raises for what a learner can do to the folder."""
        verdict = judge(self.exercise, self.folder, limit=limit, rehearsals=rehearsals)
        self.note = progress.record_check(self.exercise.number, verdict.outcome.value)
        return verdict

    def hint(self) -> str:
        """The next hint, the last one again when there is no further."""
        hints = self.exercise.hints
        self.hints_taken = min(self.hints_taken + 1, len(hints))
        self.note = progress.record_hint(self.exercise.number, self.hints_taken)
        return hints[self.hints_taken - 1]

    def solution(self) -> dict[str, str]:
        """A right answer: from the path inside the project to the file's text."""
        self.note = progress.record_solution(self.exercise.number)
        return self.exercise.answer_files(self.exercise.shown_answer())

    def start_over(self) -> None:
        """Put files and database back to the start; copies of changed files go to ``scratch_db/kept``."""
        self.lesson.reset()

    def restore_database(self) -> None:
        """Put the database back to the start and leave the files alone: for one more try of the same migration.

        Raises ScratchError where another connection holds a lock on it.
        """
        driver = sqlite_driver()
        deadline = time.monotonic() + _LOCK_SECONDS

        def give_up(status: int, remaining: int, total: int) -> None:
            # SQLite's backup would wait for a lock as long as it takes.
            if status in _BUSY and time.monotonic() > deadline:
                raise ScratchError("another connection has locked it")

        with tempfile.TemporaryDirectory(prefix="migration-lab-", ignore_cleanup_errors=True) as name:
            build_project(Path(name) / "start", self.exercise.stage)
            # Into the file that is there, page by page: Windows would not let an open one be replaced.
            with (
                closing(driver.connect(Path(name) / "start" / "app.db")) as start,
                closing(driver.connect(self.lesson.database, timeout=_LOCK_SECONDS)) as own,
            ):
                try:
                    start.backup(own, progress=give_up, sleep=0.05)
                except (driver.Error, ScratchError) as error:
                    raise ScratchError(
                        f"{self.lesson.database} can't be written ({error}): close what holds it, or start over"
                    ) from error


def open_exercise(number: str, *, folder: str | None = None) -> Attempt:
    """Open ``scratch_db/exercise_03_2`` (or ``scratch_db/FOLDER``) in the start state of exercise ``"03.2"``.

    Raises NoSuchExercise for an unknown number, InUseError where another kernel has it open, ScratchError where the
    folder isn't the course's own.
    """
    exercise = find(number)
    name = f"exercise_{number.replace('.', '_')}"
    try:
        return Attempt(exercise, open_lesson(name, exercise.stage, folder=folder))
    except InUseError as error:
        reason = str(error).partition(". Shut ")[0]
        raise InUseError(
            f"{reason}. Shut that kernel down and run this cell again, or work in a second folder: "
            f"exercise({number!r}, folder='{name}_second')"
        ) from None
