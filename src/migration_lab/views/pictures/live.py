"""The live view: a picture of a database that follows every commit, whoever makes it.

A daemon thread asks SQLite's ``PRAGMA data_version`` every 50 ms (documentation of SQLite, "PRAGMA data_version": the
number moves when another connection commits) and publishes a new picture to the cell that shows the view. The
picture is plain HTML, so it also stays readable in a saved notebook without a kernel.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from IPython import get_ipython
from IPython.display import DisplayHandle, display

from migration_lab.engines import sqlite_driver
from migration_lab.lessons import Lesson
from migration_lab.migrations import History, read_history
from migration_lab.snapshot import Diff, RememberedSchema, Snapshot, diff, open_read_only, read_snapshot
from migration_lab.views.pictures.database import draw_database
from migration_lab.views.pictures.drawing import Drawing
from migration_lab.views.pictures.following import Following

PAUSE = 0.05  # seconds between two looks: a fifth of the 250 ms within which a commit should be on the page
SWITCH = 0.001  # seconds that a busy cell may keep Python to itself
COUNT_LIMIT = 1000  # rows counted at most, so that a table of a million costs no more than a small one
PATIENCE = 0.5  # seconds a lock may last before the view says so
NEW_LOOK = 3.0  # seconds after which a further change is marked against the last picture

_NOT_YET = "There is no database file yet: the first upgrade makes it."
_GONE = "There is no database file here. An upgrade makes one; Reset puts the lesson back to its start."
_LOCKED = "The database is locked by another connection. The view goes on trying, and shows what it saw last."


class LiveView:
    """Follows one SQLite file and the migration files beside it, or what ``following`` says. Made by :func:`live_view`.

    ``database`` and ``versions`` are what it shows now.
    """

    _open: ClassVar[dict[Path, LiveView]] = {}

    def __init__(self, database: Path, versions: Path | None = None) -> None:
        self.database = database
        self.versions = versions
        self.following: Following | None = None
        self.drawing = Drawing("", "")
        self._connection: Any = None
        self._identity: tuple[int, int] | None = None
        self._data_version = -1
        # Each statement lets a busy cell in, which then keeps Python for a while: fewer of them show a commit sooner.
        self._schema = RememberedSchema()
        self._files: tuple[tuple[str, int, int], ...] = ()
        self._history: History | None = None
        self._seen: Snapshot | None = None
        self._baseline: Snapshot | None = None
        self._baseline_cell = -1
        self._changed_at = 0.0
        self._problem = ""
        self._stumbled = ""
        self._unsent = False
        self._locked_since: float | None = None
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._handle: DisplayHandle | None = None
        self._parent: Any = None

    def show(self) -> None:
        """Draw the view under this cell and follow the database until :meth:`close`."""
        shell = get_ipython()
        with self._lock:
            self.refresh()
            self._handle = display(self.drawing, display_id=True)
            self._unsent = False
        if shell is None:
            return
        # Each call to SQLite lets another thread in, and a busy cell hands Python back only at this interval: with
        # the usual 5 ms a picture took up to 0.2 s beside such a cell (measured).
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH))
        self._parent = shell.get_parent() if hasattr(shell, "get_parent") else None
        shell.events.register("post_run_cell", self._after_cell)
        self._thread = threading.Thread(target=self._follow, name=f"live view of {self.database.name}", daemon=True)
        self._thread.start()

    def refresh(self, *, at_once: bool = True) -> None:
        """Look now. A cell's end does it too, so that a saved notebook holds the last state.

        Whether another project is to be shown may wait a moment where it isn't asked ``at_once``.
        """
        with self._lock:
            if self._closed.is_set():
                return
            try:
                if self.following is not None:
                    project = self.following.project(at_once=at_once)
                    self._turn_to(project.database, project.versions)
                self._unsent |= self._look()
            except Exception as error:
                self._unsent |= self._stumble(error)
            if self._unsent and self._handle is not None:
                self._handle.update(self.drawing)
                self._unsent = False

    def release(self) -> None:
        """Close the file, which Windows would not let go of; the view opens what is there at its next look."""
        with self._lock:
            self._disconnect()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Look at nothing and hold no file open for the length of a ``with`` block."""
        with self._lock:
            self._disconnect()
            yield

    def close(self) -> None:
        """Stop following and end the thread. The last picture stays."""
        self._closed.set()
        shell = get_ipython()
        if shell is not None:
            with contextlib.suppress(ValueError):
                shell.events.unregister("post_run_cell", self._after_cell)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)
        self.release()
        if self.following is not None:
            self.following.end()
        for home in [home for home, view in LiveView._open.items() if view is self]:
            del LiveView._open[home]

    def _after_cell(self, *_: object) -> None:
        self.refresh()

    def _follow(self) -> None:
        shell = get_ipython()
        publisher = getattr(shell, "display_pub", None)
        if self._parent is not None and publisher is not None and hasattr(publisher, "set_thread_parent"):
            publisher.set_thread_parent(self._parent)  # or the picture would count as output of the cell that runs
        while not self._closed.wait(PAUSE):
            with contextlib.suppress(Exception):  # publishing failed: the next look tries again
                self.refresh(at_once=False)

    def _turn_to(self, database: Path, versions: Path) -> None:
        """Show another project from now on: nothing seen of the one before says anything about it."""
        if database == self.database:
            return
        self._disconnect()
        self.database, self.versions, self.drawing = database, versions, Drawing("", "")
        self._history, self._seen, self._baseline = None, None, None
        self._problem, self._locked_since = "", None

    def _look(self) -> bool:
        """Bring the picture up to date. True where it changed."""
        changed = self._look_at_files()
        changed |= self._look_at_database()
        if changed or not self.drawing.body:
            self._draw()
            self._stumbled = ""
            return True
        return False

    def _stumble(self, error: Exception) -> bool:
        """A mistake of the view's own must not end it. True where the page doesn't say so yet."""
        self._disconnect()
        words = f"{type(error).__name__}: {error}"
        self._problem = f"This view stumbled and goes on trying ({words})."
        if words == self._stumbled:
            return False
        self._stumbled = words
        self.drawing = draw_database(None, title=self._title(), problem=self._problem)
        return True

    def _look_at_files(self) -> bool:
        if self.versions is None:
            return False
        files: list[tuple[str, int, int]] = []
        with contextlib.suppress(OSError), os.scandir(self.versions) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    about = entry.stat()
                    files.append((entry.name, about.st_mtime_ns, about.st_size))
        stamp = tuple(sorted(files))
        if stamp == self._files and self._history is not None:
            return False
        self._files, self._history = stamp, read_history(self.versions)
        return True

    def _look_at_database(self) -> bool:
        """Read the database where it changed since the last look. True where there is something new to show."""
        try:
            about = self.database.stat()
        except OSError:
            self._disconnect()
            return self._lose_sight(_GONE if self._seen or self._problem == _GONE else _NOT_YET)
        try:
            if self._connection is None or self._identity != (about.st_dev, about.st_ino):
                self._disconnect()
                self._connection = open_read_only(self.database, sqlite_driver())
                self._identity = (about.st_dev, about.st_ino)
            data_version = self._connection.execute("PRAGMA data_version").fetchone()[0]
            if data_version == self._data_version and not self._problem:
                self._locked_since = None
                return False
            snapshot = read_snapshot(self._connection, count_limit=COUNT_LIMIT, remembered=self._schema)
        except sqlite_driver().Error as error:
            if "locked" in str(error):
                return self._wait_for_lock()
            self._disconnect()
            return self._lose_sight(f"The database can’t be read ({error}). Reset the lesson to get a whole one.")
        self._data_version = data_version
        return self._take(snapshot)

    def _take(self, snapshot: Snapshot) -> bool:
        had_problem, self._problem, self._locked_since = bool(self._problem), "", None
        if snapshot == self._seen:
            return had_problem
        now, cell = time.monotonic(), _cell()
        if self._baseline is None or cell != self._baseline_cell or now - self._changed_at > NEW_LOOK:
            self._baseline, self._baseline_cell = self._seen, cell
        self._changed_at, self._seen = now, snapshot
        return True

    def _lose_sight(self, problem: str) -> bool:
        """There is nothing to show but a line that says why."""
        changed, self._problem = problem != self._problem, problem
        self._seen = self._baseline = None
        return changed

    def _wait_for_lock(self) -> bool:
        """A short lock is everyday; one that lasts gets a line over the last picture."""
        now = time.monotonic()
        self._locked_since = self._locked_since or now
        if now - self._locked_since < PATIENCE or self._problem == _LOCKED:
            return False
        self._problem = _LOCKED
        return True

    def _draw(self) -> None:
        changes: Diff | None = None
        if self._seen is not None and self._baseline is not None:
            changes = diff(self._baseline, self._seen)
        self.drawing = draw_database(self._seen, self._history, changes, title=self._title(), problem=self._problem)

    def _title(self) -> str:
        place = f"{self.database.parent.name}/{self.database.name}"
        engine = f" · {self._seen.engine}" if self._seen else ""
        return f"Live: {place}{engine} · {time.strftime('%H:%M:%S')}"

    def _disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite_driver().Error):
                self._connection.close()
        self._connection, self._identity, self._data_version = None, None, -1
        self._schema = RememberedSchema()


def live_view(lesson: Lesson) -> LiveView:
    """Show the lesson's database and history under this cell, and keep the picture true; in exercises, theirs.

    Running the cell again takes the place of the earlier view. ``close()`` on the result ends it.
    """
    earlier = LiveView._open.get(lesson.database)
    if earlier is not None:
        earlier.close()
    view = LiveView(lesson.database, lesson.versions)
    LiveView._open[lesson.database] = view
    view.following = Following(lesson, view.paused)
    view.show()
    return view


def _cell() -> int:
    shell = get_ipython()
    return int(getattr(shell, "execution_count", 0) or 0)
