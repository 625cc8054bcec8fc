"""Run scenarios in a lesson's folder, so that the migrations and the database they made can be looked at there."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from migration_lab.folder import clear_leftovers, delete_folder, replace_folder
from migration_lab.lesson import Lesson, open_lesson
from migration_lab.playground.choices import Scenario
from migration_lab.playground.running import Run, prepare, run
from migration_lab.scratch import ScratchError, check_ours, write_marker
from migration_lab.stage import CREATED


class ScratchProject:
    """The project in ``scratch_db/NAME``, open for this process alone. Each run replaces it.

    Raises InUseError where another kernel has it open, ScratchError where the folder isn't the course's own.
    """

    def __init__(self, name: str = "playground") -> None:
        self.lesson: Lesson = open_lesson(name, CREATED)
        self._written = _digests(self.lesson.folder)
        self._closed = False

    def run(self, scenario: Scenario) -> Run:
        """Put a fresh project in the folder's place, in one step, and upgrade it there.

        Where someone changed its files since the last run, copies of them go to ``scratch_db/kept`` first. Raises
        BusyError, ScratchError and OSError with the folder whole: the old one or a fresh one.
        """
        folder = self.lesson.folder
        if self._closed:
            raise ScratchError("this playground was closed, or opened again: run the cell that shows it")
        check_ours(folder)
        clear_leftovers(folder)
        if folder.exists() and _digests(folder) != self._written:
            self.lesson.reset()  # which keeps a copy of what isn't as the marker says it was made
        new = folder.with_name(f".new-{folder.name}-{os.getpid()}")
        try:
            files = prepare(scenario, new)
            self._written = _digests(new)
            write_marker(new, lesson=self.lesson.name, files=self._written)
            replace_folder(new, folder)
        finally:
            if new.exists():
                delete_folder(new)
        return run(scenario, folder, files)

    def close(self) -> None:
        """Let other kernels open the folder. Harmless when repeated."""
        self._closed = True
        self.lesson.close()


def _digests(folder: Path) -> dict[str, str]:
    """The files that someone might edit: path inside the folder to a digest, as the lesson's marker holds them."""
    paths = (path for path in sorted(folder.rglob("*")) if path.suffix in {".py", ".ini", ".mako"} and path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
