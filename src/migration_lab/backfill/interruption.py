"""Ctrl-C, and a notebook's stop button, between two chunks instead of in the middle of one."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType

_SLICE = 0.05


class Interruption:
    """In its ``with`` block, an interrupt is noted; a second one is as ever, for what hangs.

    Only a program's main thread hears of interrupts (Python's documentation, ``signal``): elsewhere nothing changes.
    """

    def __init__(self) -> None:
        self._asked = False
        self._before: Callable[[int, FrameType | None], object] | int | None = None

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGINT)
            if self._before is not None:  # else it was set by other than Python, and couldn't be put back
                signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    def check(self, line: Callable[[], str]) -> None:
        """Raise KeyboardInterrupt, with this line, if an interrupt came."""
        if self._asked:
            raise KeyboardInterrupt(line())

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until an interrupt."""
        until = time.monotonic() + seconds
        while not self._asked and (rest := until - time.monotonic()) > 0:
            time.sleep(min(rest, _SLICE))

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        self._restore()

    def _restore(self) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None
