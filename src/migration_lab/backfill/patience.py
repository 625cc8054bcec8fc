"""Trying again after what passes by itself: a deadlock, a lock not had in time, a busy database."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa

Result = TypeVar("Result")

ATTEMPTS = 10
_FIRST = 0.05
_LONGEST = 2.0

# serialization_failure, deadlock_detected, lock_not_available (PostgreSQL's documentation, "Error Codes").
_STATES = {"40001", "40P01", "55P03"}
# ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK, ER_CHECKREAD: "Record has changed since last read" (MariaDB since 11.6).
_NUMBERS = {1205, 1213, 1020}
# SQLITE_BUSY and SQLITE_LOCKED, as the lowest byte of a code ("Result and Error Codes").
_CODES = {5, 6}


def passes(error: sa.exc.DBAPIError) -> bool:
    """Whether the same may work a moment later."""
    said: Any = error.orig
    state = getattr(said, "sqlstate", None) or getattr(said, "pgcode", None)
    code = getattr(said, "sqlite_errorcode", None)
    arguments = getattr(said, "args", ())
    number = arguments[0] if arguments and isinstance(arguments[0], int) else None
    return state in _STATES or number in _NUMBERS or (code is not None and code & 0xFF in _CODES)


def with_patience(
    act: Callable[[], Result], sleep: Callable[[float], object], failed: Callable[[], object] = lambda: None
) -> Result:
    """What ``act`` returns, tried up to ATTEMPTS times, each wait twice as long as the last, at most 2 seconds.

    The waits vary, so that two who are in each other's way don't stay in step. After each failure ``failed`` is called.
    Raises the last error, or at once one that doesn't pass.
    """
    wait = _FIRST
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return act()
        except sa.exc.DBAPIError as error:
            if not passes(error) or attempt == ATTEMPTS:
                raise
        failed()
        sleep(random.uniform(0.5, 1.0) * wait)
        wait = min(2 * wait, _LONGEST)
    raise AssertionError("the last attempt returns or raises")
