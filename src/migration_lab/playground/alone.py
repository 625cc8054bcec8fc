"""Run Alembic in this Python so that nothing of it stays, and never twice at once.

``alembic.context`` and ``alembic.op`` are one for the whole process: two migrations at the same time would run on each
other's database.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import alembic.context
from alembic import command
from alembic.config import Config

from migration_lab.alembic_project import project_config
from migration_lab.failure import Failure, explain

PATIENCE = 30.0  # seconds to wait for another run of the playground in this process

_LOCK = threading.RLock()


class BusyError(Exception):
    """Alembic is at work in this Python already. Nothing was run."""


@contextlib.contextmanager
def alembic_alone() -> Iterator[None]:
    """Have Alembic to oneself in the ``with`` block; afterwards sys.path and the module ``models`` are as before.

    Raises BusyError where something else in this process is running Alembic, or doesn't finish within half a minute.
    """
    if not _LOCK.acquire(timeout=PATIENCE):
        raise BusyError("another run of the playground isn’t finished: wait for it, or restart the kernel")
    try:
        # A cell, or a button of another lesson, has no reason to take the lock: Alembic's own proxy tells.
        if getattr(alembic.context, "_proxy", None) is not None:
            raise BusyError("a cell is running Alembic: wait until it is finished, then run this again")
        path, models, bytecode = list(sys.path), sys.modules.pop("models", None), sys.dont_write_bytecode
        # Python's bytecode cache goes by size and whole seconds: the next scenario's 0002 would run stale.
        sys.dont_write_bytecode = True
        try:
            yield
        finally:
            sys.path[:], sys.dont_write_bytecode = path, bytecode
            sys.modules.pop("models", None)
            if models is not None:
                sys.modules["models"] = models
    finally:
        _LOCK.release()


def upgrade(project: Path, revision: str = "head") -> Failure | None:
    """Upgrade a project's database. What the migrations raise is caught and taken apart. Raises BusyError."""
    return _caught(command.upgrade, project, revision)


def downgrade(project: Path, revision: str) -> Failure | None:
    """Downgrade a project's database, in the same way."""
    return _caught(command.downgrade, project, revision)


def _caught(action: Callable[[Config, str], None], project: Path, revision: str) -> Failure | None:
    with alembic_alone():
        try:
            action(project_config(project), revision)
        except Exception as error:
            return explain(error)
    return None
