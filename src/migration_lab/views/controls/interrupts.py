"""Let an interrupt of the kernel end long work between two of its steps."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def interrupt_calls(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` on an interrupt instead of raising KeyboardInterrupt, for the length of a ``with`` block.

    Raised inside one of SQLite's callbacks, as while statements are recorded, a KeyboardInterrupt is printed and
    lost. Outside the main thread, where no interrupt arrives, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, lambda *_: stop())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
