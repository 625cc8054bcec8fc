"""Statements that wait for a lock on a server: briefly, and again after a pause, so that nobody queues behind them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import sqlalchemy as sa

from migration_lab.operations.nulls import NotNullError

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


def with_patience(
    where: str, attempts: int, is_locked: Callable[[BaseException | None], bool], step: Callable[[], object]
) -> None:
    """Run ``step`` until it isn't refused a lock, ``attempts`` times at most, with a pause that doubles each time.

    Raises NotNullError, which tells the server's words, where it fails otherwise or to the last. A NULL that is in
    the way stays an IntegrityError.
    """
    for attempt in range(1, attempts + 1):
        try:
            step()
            return
        except sa.exc.IntegrityError:
            raise
        except sa.exc.DBAPIError as error:
            words = str(error.orig).partition("\n")[0]
            if not is_locked(error.orig):
                raise NotNullError(f"{where}: {words}") from error
            if attempt == attempts:
                raise NotNullError(
                    f"{where}: others held the lock that this needs, {attempts} times ({words}): "
                    "run the migration again when the long transaction is over; it goes on where it was"
                ) from error
        # Not all at the same moment, if several wait.
        time.sleep(min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE) * random.uniform(0.5, 1))
    raise NotNullError(f"{where}: attempts={attempts}, but at least 1 is needed")
