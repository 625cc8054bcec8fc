"""The process that watches, seen from the kernel: started, told what to do, listened to, and replaced if it ends."""

from __future__ import annotations

import contextlib
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

from migration_lab.watching.projects import Project
from migration_lab.watching.watcher import Sight

PAUSE = 0.05  # seconds between two looks: a fifth of the 250 ms within which a commit should be on the page
ANSWER = 5.0  # seconds that a cell's end waits for a look, however busy the machine
RESTART = 1.0  # seconds before a process that ended is replaced


class WatchingProcess:
    """Follows the project touched last, and hands each sight to ``see``, in a thread named ``name``.

    ``see`` says whether the sight reached whom it is for; where not, it comes again. ``ended`` is told why the process
    ended, or can't be started, without having been asked to; another one takes its place. ``begin`` is called first in
    the thread.
    """

    def __init__(
        self,
        see: Callable[[Sight], bool],
        ended: Callable[[str], object],
        *,
        name: str = "watching",
        begin: Callable[[], object] = lambda: None,
    ) -> None:
        self._see = see
        self._ended = ended
        self._begin = begin
        self._projects: tuple[Project, ...] = ()
        self._pauses = 0
        self._asked: dict[int, queue.SimpleQueue[bool]] = {}
        self._count = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = threading.Event()
        self._lock = threading.Lock()  # of all above, and of the process's input
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def pid(self) -> int | None:
        """The number of the process, None where there is none just now."""
        process = self._process
        return None if process is None else process.pid

    def start(self, projects: Sequence[Project]) -> None:
        """Start the process, and the thread that listens to it."""
        self._projects = tuple(projects)
        with contextlib.suppress(OSError):
            self._launch()
        self._thread.start()

    def follow(self, projects: Sequence[Project]) -> None:
        """Follow these from now on."""
        with self._lock:
            self._projects = tuple(projects)
            self._order("follow", self._projects)

    def look(self) -> bool:
        """Have it look now. True once all that is there to be seen has been handed to ``see``, False without answer."""
        return self._ask("look")

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Have it look at nothing, and hold nothing open, for the length of a ``with`` block."""
        try:
            self._ask("pause", pauses=1)
            yield
        finally:
            with self._lock:
                self._pauses -= 1
                self._order("resume")

    def close(self) -> None:
        """End the process and the thread."""
        self._closed.set()
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                with contextlib.suppress(OSError):
                    self._process.stdin.close()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=ANSWER)

    def _launch(self) -> None:
        # -P: a learner's folder must not be where Python finds its modules. A session of its own: an interrupt is meant
        # for the kernel and what a cell has started.
        command = [sys.executable, "-P", "-m", "migration_lab.watching.child", str(PAUSE)]
        with self._lock:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._order("follow", self._projects)
            for _ in range(self._pauses):
                self._order("pause", 0)

    def _run(self) -> None:
        self._begin()
        while not self._closed.is_set():
            try:
                if self._process is None:
                    self._launch()
                self._listen()
                words = self._end()
            except OSError as error:
                words = f"it can’t be started: {error}"
            if not self._closed.is_set():
                self._ended(words)
                self._closed.wait(RESTART)

    def _listen(self) -> None:
        """Hand on what the process tells until its output ends."""
        assert self._process is not None
        assert self._process.stdout is not None
        while True:
            try:
                told = pickle.load(self._process.stdout)
            except Exception:  # its end
                return
            if isinstance(told, Sight):
                seen = self._see(told)
                with self._lock:
                    self._order("seen", seen)
            else:
                with self._lock:
                    answer = self._asked.pop(told, None)
                if answer is not None:
                    answer.put(True)

    def _end(self) -> str:
        """What became of the process."""
        with self._lock:
            process, self._process = self._process, None
            asked, self._asked = self._asked, {}
        for answer in asked.values():
            answer.put(False)
        assert process is not None
        for channel in (process.stdin, process.stdout):
            assert channel is not None
            with contextlib.suppress(OSError):
                channel.close()
        try:
            code = process.wait(timeout=ANSWER)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        return f"it ended with exit code {code}"

    def _ask(self, order: str, *, pauses: int = 0) -> bool:
        """Give an order and wait until it is done. False where it isn't."""
        answer: queue.SimpleQueue[bool] = queue.SimpleQueue()
        with self._lock:
            self._pauses += pauses
            self._count += 1
            self._asked[self._count] = answer
            if not self._order(order, self._count):
                del self._asked[self._count]
                return False
        try:
            return answer.get(timeout=ANSWER)
        except queue.Empty:
            return False

    def _order(self, order: str, what: object = None) -> bool:
        """Write an order. False where there is nobody to read it. To be called with the lock."""
        if self._process is None or self._process.stdin is None:
            return False
        try:
            pickle.dump((order, what), self._process.stdin)
            self._process.stdin.flush()
        except (OSError, ValueError):  # it has just ended, or was closed
            return False
        return True
