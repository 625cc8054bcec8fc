"""The picture that a live view keeps of a project: what was seen last, and what changed since the cell before."""

from __future__ import annotations

import time

from migration_lab.migrations import History, read_history
from migration_lab.snapshot import Snapshot, diff
from migration_lab.views.pictures.database import draw_database
from migration_lab.views.pictures.drawing import Drawing
from migration_lab.watching import Project, Sight, Trouble

NEW_LOOK = 3.0  # seconds after which a further change is marked against the last picture

_NOT_YET = "There is no database yet: the first upgrade makes it."
_GONE = "There is no database here. An upgrade makes one; Reset puts the lesson back to its start."
_LOCKED = "The database is locked by another connection. The view goes on trying, and shows what it saw last."


class LivePicture:
    """Takes what is seen, and draws it. ``project`` is the one in the picture."""

    def __init__(self, project: Project) -> None:
        self.drawing = Drawing("", "")
        self._problem = ""
        self._stumbled = ""
        self._turn_to(project)

    def take(self, sight: Sight, cell: int) -> bool:
        """Bring the picture up to date with what was seen while ``cell`` was the latest. True where it changed."""
        if sight.trouble is not None and sight.trouble.kind == "stumbled":
            return self.stumble(sight.trouble.words)
        if sight.project != self.project:
            self._turn_to(sight.project)
        changed = self._take_files(sight) | self._take_database(sight, cell)
        if not changed and self.drawing.body and not self._stumbled:
            return False
        changes = diff(self._baseline, self._seen) if self._seen is not None and self._baseline is not None else None
        self.drawing = draw_database(self._seen, self._history, changes, title=self._title(), problem=self._problem)
        self._stumbled = ""
        return True

    def stumble(self, words: str) -> bool:
        """A mistake of the view's own must not end it. True where the picture doesn't say so yet."""
        if words == self._stumbled:
            return False
        self._stumbled = words
        problem = f"This view stumbled and goes on trying ({words})."
        self.drawing = draw_database(None, title=self._title(), problem=problem)
        return True

    def _turn_to(self, project: Project) -> None:
        """Show another project from now on: nothing seen of the one before says anything about it."""
        self.project = project
        self.drawing, self._problem = Drawing("", ""), ""
        self._files: object = None
        self._history: History | None = None
        self._seen: Snapshot | None = None
        self._baseline: Snapshot | None = None
        self._baseline_cell = -1
        self._changed_at = 0.0

    def _take_files(self, sight: Sight) -> bool:
        if sight.files == self._files:
            return False
        self._files, self._history = sight.files, read_history(sight.project.versions)
        return True

    def _take_database(self, sight: Sight, cell: int) -> bool:
        before, self._problem = self._problem, self._words(sight.trouble)
        changed = self._problem != before
        if sight.trouble is not None and sight.trouble.kind != "locked":
            self._seen = self._baseline = None
            return changed
        if sight.snapshot is None or sight.snapshot == self._seen:
            return changed
        now = time.monotonic()
        if self._baseline is None or cell != self._baseline_cell or now - self._changed_at > NEW_LOOK:
            self._baseline, self._baseline_cell = self._seen, cell
        self._changed_at, self._seen = now, sight.snapshot
        return True

    def _words(self, trouble: Trouble | None) -> str:
        """A line on why the database can't be seen."""
        if trouble is None:
            return ""
        if trouble.kind == "locked":
            return _LOCKED
        if trouble.kind == "missing":
            return _GONE if self._seen is not None or self._problem == _GONE else _NOT_YET
        return f"The database can’t be read ({trouble.words}). Reset the lesson to get a whole one."

    def _title(self) -> str:
        engine = f" · {self._seen.engine}" if self._seen is not None else ""
        return f"Live: {self.project.name}{engine} · {time.strftime('%H:%M:%S')}"
