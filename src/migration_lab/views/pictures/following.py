"""Which project a live view shows: the lesson's own, or the exercise that is being worked on.

The rule is the one that was touched last. An exercise is touched when it is opened or checked, and either is when its
files or its database change, whoever changes them: a cell, a button, a terminal.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from migration_lab.lab import READ_LATER
from migration_lab.lessons import Lesson

PAUSE = 0.25  # seconds between two looks at all projects: time enough to turn one's eyes to the view

_exercises: dict[Path, Lesson] = {}  # of this kernel, by their folders
_worked_on: dict[Path, int] = {}  # when each was last opened or checked, in nanoseconds


def work_on(exercise: Lesson) -> None:
    """Note that this exercise was opened or checked now: the live view turns to it.

    Not where the notebook runs for a page that is read later, which shows the lesson's own database.
    """
    if not os.environ.get(READ_LATER):
        _worked_on[exercise.folder] = time.time_ns()
        _exercises[exercise.folder] = exercise


class Following:
    """What one live view looks at. ``pause`` is entered while a project's folder is being replaced."""

    def __init__(self, home: Lesson, pause: Callable[[], AbstractContextManager[None]]) -> None:
        self._home = home
        self._begun = time.time_ns()
        self._pause = pause
        self._forget = {home.folder: home.on_replace(pause)}
        self._latest = home
        self._looked = 0.0

    def project(self, *, at_once: bool = False) -> Lesson:
        """The project touched last. It may be the answer of a moment ago, unless it is needed ``at_once``."""
        if at_once or time.monotonic() - self._looked >= PAUSE:
            exercises = tuple(_exercises.values())
            for one in exercises:
                if one.folder not in self._forget:
                    self._forget[one.folder] = one.on_replace(self._pause)
            self._latest = max((self._home, *exercises), key=self._touched)  # the first of equals
            self._looked = time.monotonic()
        return self._latest

    def end(self) -> None:
        """Enter ``pause`` no more."""
        while self._forget:
            _, forget = self._forget.popitem()
            forget()

    def _touched(self, project: Lesson) -> int:
        return max(self._begun if project is self._home else _worked_on[project.folder], *_changed(project))


def _changed(project: Lesson) -> Iterator[int]:
    """When the project's files and database changed, each in nanoseconds; nothing for what isn't there."""
    yield 0
    with contextlib.suppress(OSError):
        yield _moment(project.versions.stat())  # a file in it came or went
    for folder in (project.folder, project.versions.parent, project.versions):
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            yield from (_moment(entry.stat()) for entry in entries if entry.name.endswith(".py"))
    for path in (project.database, project.database.with_name(f"{project.database.name}-wal")):
        with contextlib.suppress(OSError):
            about = path.stat()
            if about.st_size:  # a reader, too, may make an empty write-ahead log
                yield _moment(about)


def _moment(about: os.stat_result) -> int:
    """When a file was written, or put where it is: a copy may have kept the time of its original."""
    return max(about.st_mtime_ns, about.st_ctime_ns)
