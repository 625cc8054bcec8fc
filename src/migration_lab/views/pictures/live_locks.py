"""The live view of locks: who waits for whom, followed under a cell while others are busy.

A thread of the kernel asks the server: what a cell waits for there leaves Python to it. When nobody waits any more, the
longest queue that there was stays in the picture, so that a saved notebook shows what the lesson is about.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from IPython import get_ipython
from IPython.display import DisplayHandle, display

from migration_lab.lessons import Lesson
from migration_lab.locks import LockReader, Locks, LocksUnreadable
from migration_lab.views.pictures.drawing import Drawing, brief
from migration_lab.views.pictures.queue import draw_locks

PAUSE = 0.2  # seconds between two looks; MariaDB has nothing new more often than every 0.1 s
TROUBLE_PAUSE = 1.0  # seconds between two where the server can't be asked
OPEN_FOR = 0.5  # seconds that a transaction nobody waits for is open before it is worth a line
SWITCH = 0.001  # see migration_lab.views.pictures.live


class LockView:
    """Follows the locks of a lesson's database. Made by :func:`lock_view`."""

    _open: ClassVar[dict[Path, LockView]] = {}

    def __init__(self, lesson: Lesson) -> None:
        self._name = f"{lesson.name} · {lesson.kind.name}"
        self._folder = lesson.folder
        self._reader = LockReader(lesson.url)
        self._forget = lesson.on_replace(self.paused)
        self._seen: Locks | str | None = None
        self._longest, self._longest_at = Locks(), ""
        self._lock = threading.RLock()  # of the reader, and of what is seen
        self._closed = threading.Event()
        self._handle: DisplayHandle | None = None
        self._parent: Any = None

    @property
    def drawing(self) -> Drawing:
        """What it shows now: the locks, or why they can't be read, and the longest queue that there was."""
        with self._lock:
            seen, longest = self._seen, self._longest
        title = f"Locks: {self._name}"
        if isinstance(seen, str):
            words = f"⚠ The locks can’t be read ({seen}). The view goes on trying."
            now = Drawing(f'<p class="title">{brief(title)}</p><p class="trouble">{brief(words)}</p>', words)
        else:
            now = draw_locks(seen or Locks(), title)
        if not longest.waiting or seen == longest:
            return now
        before = draw_locks(longest, f"The longest queue so far, at {self._longest_at}")
        return Drawing(now.body + before.body, f"{now.text}\n{before.text}")

    def show(self) -> None:
        """Draw the view under this cell and follow the locks until :meth:`close`."""
        self._look()
        self._handle = display(self.drawing, display_id=True)
        shell = get_ipython()
        if shell is None:
            return
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH))
        self._parent = shell.get_parent() if hasattr(shell, "get_parent") else None
        shell.events.register("post_run_cell", self._after_cell)
        threading.Thread(target=self._follow, name=f"locks of {self._name}", daemon=True).start()

    def refresh(self) -> None:
        """Look now, and send the picture whatever was sent before.

        A cell's end does it too: where a notebook runs without a page, only what a cell sends itself is kept.
        """
        with self._lock:
            if not self._closed.is_set():
                self._look()
                self._publish()

    def _publish(self) -> None:
        if self._handle is not None:
            with contextlib.suppress(Exception):  # a page that can't be reached must not end the view
                self._handle.update(self.drawing)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Look at nothing, and have no connection, for the length of a ``with`` block."""
        with self._lock:
            self._reader.let_go()
            yield

    def close(self) -> None:
        """Stop following. The last picture stays."""
        self._closed.set()
        shell = get_ipython()
        if shell is not None:
            with contextlib.suppress(ValueError):
                shell.events.unregister("post_run_cell", self._after_cell)
        with self._lock:
            self._reader.let_go()
            if LockView._open.get(self._folder) is self:
                del LockView._open[self._folder]
                self._forget()

    def _after_cell(self, *_: object) -> None:
        self.refresh()

    def _follow(self) -> None:
        publisher = getattr(get_ipython(), "display_pub", None)
        if self._parent is not None and publisher is not None and hasattr(publisher, "set_thread_parent"):
            publisher.set_thread_parent(self._parent)
        while not self._closed.wait(TROUBLE_PAUSE if isinstance(self._seen, str) else PAUSE):
            with self._lock:
                if not self._closed.is_set() and self._look():
                    self._publish()

    def _look(self) -> bool:
        """True where there is something new."""
        before = self._seen
        try:
            self._seen = locks = self._reader.read(open_for=OPEN_FOR)
        except LocksUnreadable as error:
            self._seen = str(error)
        except Exception as error:  # a mistake of the view's own must not end it
            self._reader.let_go()
            self._seen = f"{type(error).__name__}: {error}"
        else:
            if locks.waiting and _length(locks) >= _length(self._longest):
                self._longest, self._longest_at = locks, time.strftime("%H:%M:%S")
        return self._seen != before


def _length(locks: Locks) -> tuple[int, int]:
    """How many wait, and behind how many: who held the lock leaves the picture a moment before those behind go on."""
    return len(locks.waiting), sum(len(session.behind) for session in locks.waiting)


def lock_view(lesson: Lesson) -> LockView:
    """Show who waits for whom in the lesson's database under this cell, and keep the picture true.

    Running the cell again takes the place of the earlier view. ``close()`` on the result ends it.
    """
    earlier = LockView._open.get(lesson.folder)
    if earlier is not None:
        earlier.close()
    view = LockView(lesson)
    LockView._open[lesson.folder] = view
    view.show()
    return view
