"""Look at whichever project was touched last, and say what there is to be seen of it where that is something new."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from migration_lab.snapshot import Locked, Missing, Snapshot, Unreadable, Watch
from migration_lab.watching.projects import Project, Stamp

TURN = 0.25  # seconds between two looks at all projects: time enough to turn one's eyes to the view
PATIENCE = 0.5  # seconds a lock may last before it is worth a word


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a database can't be seen. ``kind`` is ``missing``, ``locked``, ``unreadable``, or ``stumbled`` for a mistake
    of ours; ``words`` are those of the engine, or of Python.
    """

    kind: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is to be seen of a project. While it is locked, ``snapshot`` is the one from before."""

    project: Project
    files: Stamp
    snapshot: Snapshot | None
    trouble: Trouble | None = None


class Watcher:
    """Holds at most one database open: that of the project it looks at. Not for two threads at once."""

    def __init__(self, projects: Sequence[Project]) -> None:
        self._projects = tuple(projects)
        self._project = self._projects[0]
        self._chosen = 0.0
        self._watch: Watch | None = None
        self._snapshot: Snapshot | None = None
        self._locked_since: float | None = None
        self._told: Sight | None = None

    @property
    def pause(self) -> float:
        """Seconds between two looks that this kind of database should be left alone."""
        return self._watch.pause if self._watch is not None else 0.0

    def follow(self, projects: Sequence[Project]) -> None:
        """Choose among these from now on. Of two touched at the same time the first counts."""
        self._projects = tuple(projects)

    def look(self, *, at_once: bool = True) -> Sight | None:
        """What there is to be seen, None where that was told before.

        Whether it is another project's turn may wait a moment where it isn't asked ``at_once``.
        """
        files: Stamp = ()
        try:
            self._choose(at_once)
            files = self._project.stamp()
            trouble = self._read()
            sight = Sight(self._project, files, self._snapshot, trouble)
        except Exception as error:  # a mistake of ours must not end it
            self.let_go()
            words = f"{type(error).__name__}: {error}"
            sight = Sight(self._project, files, None, Trouble("stumbled", words))
        if sight == self._told or (sight.snapshot is None and sight.trouble is None):
            return None
        self._told = sight
        return sight

    def let_go(self) -> None:
        """Close what is open, until the next look."""
        if self._watch is not None:
            self._watch.let_go()

    def forget(self) -> None:
        """Tell the next sight in any case: the last one didn't reach whom it was for."""
        self._told = None

    def _choose(self, at_once: bool) -> None:
        if self._watch is not None and not at_once and time.monotonic() - self._chosen < TURN:
            return
        project = max(self._projects, key=Project.last_touched)
        self._chosen = time.monotonic()
        if project != self._project or self._watch is None:
            self.let_go()
            self._project, self._watch = project, project.source.watch()
            self._snapshot, self._locked_since = None, None

    def _read(self) -> Trouble | None:
        """Bring the snapshot up to date, or say why that can't be done."""
        assert self._watch is not None
        try:
            self._snapshot = self._watch.look() or self._snapshot
        except Locked:
            now = time.monotonic()
            self._locked_since = self._locked_since or now
            return Trouble("locked") if now - self._locked_since >= PATIENCE else None
        except (Missing, Unreadable) as error:
            self._snapshot, self._locked_since = None, None
            return Trouble("missing") if isinstance(error, Missing) else Trouble("unreadable", str(error))
        self._locked_since = None
        return None
