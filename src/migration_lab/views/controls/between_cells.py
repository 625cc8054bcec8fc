"""Do a button's work on the kernel's main thread, between two cells.

A front end may send a click to a subshell of the kernel, which is a thread of its own, or let it wait until the cell
that runs is done. What runs Alembic must not run beside a cell that does too: the main thread's event loop never runs
both at once, and is where the next click, a Stop say, arrives while the work pauses for a moment.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any


class BetweenCells:
    """Made in a cell: remembers the main event loop, and the cell, so that what is shown later belongs to it."""

    def __init__(self) -> None:
        self._context = contextvars.copy_context()
        self._tasks: set[asyncio.Task[None]] = set()
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have ``work`` done as soon as no cell runs. Without a kernel it is done at once."""
        if self._loop is None or self._loop.is_closed():
            asyncio.run(work())
            return
        self._loop.call_soon_threadsafe(self._begin, work, context=self._context)

    def _begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        assert self._loop is not None
        task = self._loop.create_task(work(), context=self._context)
        self._tasks.add(task)  # the loop itself keeps only a weak reference
        task.add_done_callback(self._tasks.discard)
