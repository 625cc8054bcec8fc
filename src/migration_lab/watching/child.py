"""The process that watches. Orders come in on its standard input, and what it sees goes out on its standard output.

``("follow", projects)``, ``("look", number)``, ``("pause", number)``, ``("resume",)`` and ``("seen", whether)`` are
orders; the last one answers each sight, so that what is told next is always the newest. A :class:`Sight` goes out
where there is something new, and a number once what was asked for under it is done. The end of the input, which comes
with the end of the kernel however it ends, ends the process. Its argument is the seconds between two looks.
"""

from __future__ import annotations

import contextlib
import pickle
import queue
import signal
import sys
import threading
from typing import IO, Any

from migration_lab.watching.watcher import Watcher


class Server:
    """Does what the orders say, and looks in between, ``pause`` seconds after each time, or as often as it is cheap."""

    def __init__(self, output: IO[bytes], pause: float) -> None:
        self._output = output
        self._pause = pause
        self._watcher: Watcher | None = None
        self._pauses = 0
        self._answered = True

    def serve(self, orders: queue.SimpleQueue[tuple[str, Any]]) -> None:
        """Go on until the order to end."""
        while True:
            looking = self._watcher if self._answered and not self._pauses else None
            pause = max(self._pause, looking.pause) if looking is not None else None
            try:
                order, what = orders.get(timeout=pause)
            except queue.Empty:
                self._look(at_once=False)
                continue
            if order == "end":
                return
            self._obey(order, what)

    def _obey(self, order: str, what: Any) -> None:
        if order == "follow":
            if self._watcher is None:
                self._watcher = Watcher(what)
            self._watcher.follow(what)
        elif order == "look":
            if not self._pauses:
                self._look(at_once=True)
            self._tell(what)
        elif order == "pause":
            self._pauses += 1
            if self._watcher is not None:
                self._watcher.let_go()
            self._tell(what)
        elif order == "resume":
            self._pauses -= 1
        elif order == "seen":
            self._answered = True
            if not what and self._watcher is not None:
                self._watcher.forget()

    def _look(self, *, at_once: bool) -> None:
        sight = self._watcher.look(at_once=at_once) if self._watcher is not None else None
        if sight is not None:
            self._answered = False
            self._tell(sight)

    def _tell(self, what: object) -> None:
        pickle.dump(what, self._output)
        self._output.flush()


def _hear(source: IO[bytes], orders: queue.SimpleQueue[tuple[str, Any]]) -> None:
    try:
        while True:
            orders.put(pickle.load(source))
    except Exception:
        orders.put(("end", None))


def main() -> None:
    """Watch until the kernel ends, or says so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the cell that runs (Windows: no session of its own)
    orders: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_hear, args=(sys.stdin.buffer, orders), daemon=True).start()
    with contextlib.suppress(OSError):  # nobody listens any more
        Server(sys.stdout.buffer, float(sys.argv[1])).serve(orders)


if __name__ == "__main__":
    main()
