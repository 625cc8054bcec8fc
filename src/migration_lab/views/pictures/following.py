"""Which projects a live view may show: the lesson's own, and each exercise that was opened in this kernel.

The rule is the one that was touched last. An exercise is touched when it is opened or checked, and either is when its
files or its database change, whoever changes them: a cell, a button, a terminal.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from migration_lab.engines import SQLite
from migration_lab.lab import READ_LATER
from migration_lab.lessons import Lesson
from migration_lab.watching import Project

_exercises: dict[Path, Lesson] = {}  # of this kernel, by their folders
_worked_on: dict[Path, int] = {}  # when each was last opened or checked, in nanoseconds
_all: list[Following] = []


def work_on(exercise: Lesson) -> None:
    """Note that this exercise was opened or checked now: the live view turns to it.

    Not where the notebook runs for a page that is read later, which shows the lesson's own database.
    """
    if not os.environ.get(READ_LATER):
        _worked_on[exercise.folder] = time.time_ns()
        _exercises[exercise.folder] = exercise
        for following in _all:
            following.changed()


class Following:
    """What one live view may show. ``pause`` is entered while a project's folder is being replaced; ``changed`` is
    called when there is another project to show, or one was opened or checked again.
    """

    def __init__(
        self, home: Lesson, pause: Callable[[], AbstractContextManager[None]], changed: Callable[[], object]
    ) -> None:
        self.changed = changed
        self._home = home
        self._begun = time.time_ns()
        self._pause = pause
        self._forget = {home.folder: home.on_replace(pause)}
        _all.append(self)

    def projects(self) -> tuple[Project, ...]:
        """The lesson's own first, which is shown where none was touched later."""
        exercises = tuple(_exercises.values())
        for one in exercises:
            if one.folder not in self._forget:
                self._forget[one.folder] = one.on_replace(self._pause)
        return (_project(self._home, self._begun), *(_project(one, _worked_on[one.folder]) for one in exercises))

    def end(self) -> None:
        """Enter ``pause`` and call ``changed`` no more."""
        if self in _all:
            _all.remove(self)
        while self._forget:
            _, forget = self._forget.popitem()
            forget()


def _project(lesson: Lesson, touched: int) -> Project:
    name = f"{lesson.name}/{lesson.database.name}" if isinstance(lesson.kind, SQLite) else lesson.name
    return Project(name, lesson.source, lesson.folder, lesson.versions, touched)
