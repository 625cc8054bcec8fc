"""The live view: a picture of a database that follows every commit, whoever makes it, shown under a cell.

A process of its own watches the database and the migration files: a cell that keeps Python busy doesn't keep it from
that, and has to make room only for the drawing of what is new. The picture is plain HTML, so it also stays readable in
a saved notebook without a kernel.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from IPython import get_ipython
from IPython.display import DisplayHandle, display

from migration_lab.lessons import Lesson
from migration_lab.views.pictures.drawing import Drawing
from migration_lab.views.pictures.following import Following
from migration_lab.views.pictures.picture import LivePicture
from migration_lab.watching import Sight, Watcher, WatchingProcess

SWITCH = 0.001  # seconds that a busy cell may keep Python to itself


class LiveView:
    """Follows a lesson's project, or the exercise that is being worked on. Made by :func:`live_view`."""

    _open: ClassVar[dict[Path, LiveView]] = {}

    def __init__(self, lesson: Lesson) -> None:
        self._following = Following(lesson, self.paused, self._projects_changed)
        projects = self._following.projects()
        self._picture = LivePicture(projects[0])
        self._watcher = Watcher(projects)  # looks from here: first, and wherever the process doesn't
        self._process: WatchingProcess | None = None
        self._unsent = False
        self._pauses = 0
        self._lock = threading.RLock()
        self._closed = False
        self._handle: DisplayHandle | None = None
        self._parent: Any = None

    @property
    def drawing(self) -> Drawing:
        """What it shows now."""
        return self._picture.drawing

    def show(self) -> None:
        """Draw the view under this cell and follow the database until :meth:`close`."""
        self.refresh()
        self._handle = display(self.drawing, display_id=True)
        self._unsent = False
        shell = get_ipython()
        if shell is None:
            return
        # Each message to the page passes through three threads, and a busy cell hands Python back only at this
        # interval: with the usual 5 ms a picture took up to 0.2 s beside such a cell (measured).
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH))
        self._parent = shell.get_parent() if hasattr(shell, "get_parent") else None
        shell.events.register("post_run_cell", self._after_cell)
        name = f"live view of {self._picture.project.name}"
        self._process = WatchingProcess(self._see, self._stumble, name=name, begin=self._begin)
        self._process.start(self._following.projects())

    def refresh(self) -> None:
        """Look now. A cell's end does it too, so that a saved notebook holds the last state."""
        if self._closed or (self._process is not None and self._process.look()):
            return
        with self._lock:
            if self._pauses:
                return
            self._watcher.follow(self._following.projects())
            self._watcher.forget()  # the picture may be the process's by now
            sight = self._watcher.look()
            if get_ipython() is not None:
                self._watcher.let_go()  # the process is, or will be, who has it open
            if sight is not None:
                self._see(sight)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Look at nothing and hold no file open for the length of a ``with`` block, in which its folder may go."""
        with self._process.paused() if self._process is not None else contextlib.nullcontext():
            with self._lock:
                self._pauses += 1
                self._watcher.let_go()
            try:
                yield
            finally:
                with self._lock:
                    self._pauses -= 1

    def close(self) -> None:
        """Stop following and end the process. The last picture stays."""
        self._closed = True
        shell = get_ipython()
        if shell is not None:
            with contextlib.suppress(ValueError):
                shell.events.unregister("post_run_cell", self._after_cell)
        if self._process is not None:
            self._process.close()
        with self._lock:
            self._watcher.let_go()
        self._following.end()
        for home in [home for home, view in LiveView._open.items() if view is self]:
            del LiveView._open[home]

    def _after_cell(self, *_: object) -> None:
        self.refresh()

    def _projects_changed(self) -> None:
        if self._process is not None:
            self._process.follow(self._following.projects())

    def _begin(self) -> None:
        """In the thread that publishes: or the picture would count as output of the cell that runs."""
        publisher = getattr(get_ipython(), "display_pub", None)
        if self._parent is not None and publisher is not None and hasattr(publisher, "set_thread_parent"):
            publisher.set_thread_parent(self._parent)

    def _see(self, sight: Sight) -> bool:
        """Show what was seen. False where it couldn't be shown, and should come again."""
        with self._lock:
            try:
                self._unsent |= self._picture.take(sight, _cell())
            except Exception as error:
                self._stumble(f"{type(error).__name__}: {error}")
                return False
            return self._publish()

    def _stumble(self, words: str) -> bool:
        with self._lock:
            self._unsent |= self._picture.stumble(words)
            return self._publish()

    def _publish(self) -> bool:
        """Send what isn't on the page yet. False where that fails."""
        if self._unsent and self._handle is not None:
            try:
                self._handle.update(self.drawing)
            except Exception:
                return False
            self._unsent = False
        return True


def live_view(lesson: Lesson) -> LiveView:
    """Show the lesson's database and history under this cell, and keep the picture true; in exercises, theirs.

    Running the cell again takes the place of the earlier view. ``close()`` on the result ends it.
    """
    earlier = LiveView._open.get(lesson.folder)
    if earlier is not None:
        earlier.close()
    view = LiveView(lesson)
    LiveView._open[lesson.folder] = view
    view.show()
    return view


def _cell() -> int:
    shell = get_ipython()
    return int(getattr(shell, "execution_count", 0) or 0)
