"""Run scenarios in a lesson's folder, so that the migrations and the database they made can be looked at there."""

from __future__ import annotations

import os

from migration_lab.lessons import (
    CREATED,
    Lesson,
    ScratchError,
    check_ours,
    clear_leftovers,
    delete_folder,
    digests,
    open_lesson,
    project_files,
    replace_folder,
    write_marker,
)
from migration_lab.playground.choices import Scenario
from migration_lab.playground.running import Run, open_runs


class ScratchProject:
    """The project in ``scratch_db/NAME``, open for this process alone. Each run replaces it.

    Raises InUseError where another kernel has it open, ScratchError where the folder isn't the course's own.
    """

    def __init__(self, name: str = "playground") -> None:
        self.lesson: Lesson = open_lesson(name, CREATED)
        self._written = digests(project_files(self.lesson.folder))
        self._closed = False

    def run(self, scenario: Scenario) -> Run:
        """Run a scenario in a fresh project, then put that in the folder's place, in one step.

        Where someone changed its files since the last run, copies of them go to ``scratch_db/kept`` first. Raises
        ScratchError and OSError with the folder as it was, or a fresh one.
        """
        folder = self.lesson.folder
        if self._closed:
            raise ScratchError("this playground was closed, or opened again: run the cell that shows it")
        check_ours(folder)
        clear_leftovers(folder)
        if folder.exists() and digests(project_files(folder)) != self._written:
            self.lesson.reset()  # which keeps a copy of what isn't as the marker says it was made
        new = folder.with_name(f".new-{folder.name}-{os.getpid()}")
        try:
            with open_runs() as runs:
                done = runs.run(scenario, new, folder)
            self._written = digests(project_files(new))
            write_marker(new, lesson=self.lesson.name, files=self._written)
            replace_folder(new, folder)
        finally:
            if new.exists():
                delete_folder(new)
        return done

    def close(self) -> None:
        """Let other kernels open the folder. Harmless when repeated."""
        self._closed = True
        self.lesson.close()
