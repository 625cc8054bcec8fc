"""Have Alembic to oneself in this Python, and leave nothing of a project in it.

``alembic.context`` and ``alembic.op`` are one for the whole process: two migrations at the same time would run on each
other's database.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

import alembic.context

PATIENCE = 30.0  # seconds to wait for another project that is being built in this process

_LOCK = threading.RLock()


class BusyError(Exception):
    """Alembic is at work in this Python already. Nothing was run."""


@contextlib.contextmanager
def alembic_alone() -> Iterator[None]:
    """Have Alembic to oneself in the ``with`` block; afterwards sys.path and the module ``models`` are as before.

    Raises BusyError where something else in this process is running Alembic, or doesn't finish within half a minute.
    """
    if not _LOCK.acquire(timeout=PATIENCE):
        raise BusyError("Alembic is at work in this kernel: wait for it, or restart the kernel")
    try:
        # A cell has no reason to take the lock: Alembic's own proxy tells.
        if getattr(alembic.context, "_proxy", None) is not None:
            raise BusyError("a cell is running Alembic: wait until it is finished, then run this again")
        bytecode = sys.dont_write_bytecode
        # Python's bytecode cache goes by size and whole seconds: a file of the same name would run stale.
        sys.dont_write_bytecode = True
        try:
            with imports_restored():
                yield
        finally:
            sys.dont_write_bytecode = bytecode
    finally:
        _LOCK.release()


@contextlib.contextmanager
def imports_restored() -> Iterator[None]:
    """Leave no trace of a project in this Python: Alembic adds its folder to sys.path, env.py imports its models."""
    path, models = list(sys.path), sys.modules.pop("models", None)
    try:
        yield
    finally:
        sys.path[:] = path
        sys.modules.pop("models", None)
        if models is not None:
            sys.modules["models"] = models
