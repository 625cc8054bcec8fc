"""The loop: pick a chunk's last key, update what is left up to there, commit, let others in, go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import sqlalchemy as sa

from migration_lab.backfill.chunks import Chunks
from migration_lab.backfill.errors import BackfillError, words
from migration_lab.backfill.interruption import Interruption
from migration_lab.backfill.key import Bound, Key, KeyValue
from migration_lab.backfill.pace import Pace
from migration_lab.backfill.patience import ATTEMPTS, passes, with_patience
from migration_lab.backfill.progress import Progress

Result = TypeVar("Result")

_PASSES = 3  # the table, and twice what others have left to do meanwhile
# Of the lock budget: one chunk takes more than the other. On SQLite, whoever polls may wait for two or three.
_AIM, _AIM_IF_POLLED = 0.7, 0.25
_SLOW = 0.005  # seconds for a row; below, most of it is what a statement takes its first time
# Of what a chunk took. On a server whoever waits for a row has it as soon as the chunk commits; on SQLite they look
# from time to time whether the file's lock is free.
_PAUSE, _PAUSE_IF_POLLED = 0.1, 0.2


@dataclass(frozen=True)
class Backfilled:
    """What a backfill did: ``rows`` filled in ``chunks``, of which none held locks for more than ``longest`` seconds.

    ``left`` are the rows that still have no value.
    """

    table: str
    rows: int
    left: int
    chunks: int
    longest: float
    seconds: float

    def __str__(self) -> str:
        rows = "1 row" if self.rows == 1 else f"{self.rows:,} rows"
        done = (
            f"{self.table}: {rows} filled in {self.seconds:.1f} s, locks held for {self.longest * 1000:.0f} ms at most"
        )
        if not self.left:
            return f"{done}, none is left"
        left = "1 row is left" if self.left == 1 else f"{self.left:,} rows are left"
        return f"{done}; {left}, new ones or those whose value is NULL: once new rows come with a value, run it again"


class Filling:
    """One run: from the first row that is left to the last that there is, and then what came meanwhile."""

    def __init__(
        self,
        table: str,
        chunks: Chunks,
        key: Key,
        lock_budget: float,
        pause: float | None,
        bar: Progress,
        interruption: Interruption,
    ) -> None:
        self._table, self._chunks, self._key = table, chunks, key
        self._budget, self._pause = lock_budget, pause
        self._pace = Pace((_AIM_IF_POLLED if chunks.lock_is_polled else _AIM) * lock_budget)
        self._bar, self._interruption = bar, interruption
        self._many, self._longest = 0, 0.0
        self._dense = False  # whether half of the numbers of the last chunk, or more, were rows to fill

    def run(self) -> Backfilled:
        """Fill. Raises BackfillError and KeyboardInterrupt as :func:`migration_lab.backfill.backfill` says."""
        begun = time.monotonic()
        left, start, high = self._count() if self._bar.shown else (None, None, self._last_key())
        for _ in range(_PASSES):
            if left == 0 or high is None or not self._is_worth_it(start, high):
                left = self._count()[0] if left is None else left
                break
            self._fill(start, high)
            left, start, high = self._count()
        seconds = time.monotonic() - begun
        self._check()
        return Backfilled(self._table, self._bar.rows, left or 0, self._many, self._longest, seconds)

    def _count(self) -> tuple[int | None, Bound | None, KeyValue | None]:
        """How many rows are left, behind which key the first of them comes, and the last key of all.

        In parts where a reader keeps others from committing.
        """
        pace, left = Pace(self._budget), 0
        start: Bound | None = None
        after: Bound | None = None
        end = high = self._last_key()
        while high is not None and end is not None:
            self._check()
            begun, size = time.monotonic(), pace.size
            count = partial(self._count_part, size, after, high)
            found, end = self._patiently(count, "where can't be asked for")
            pace.took(size, time.monotonic() - begun)
            if found and not left:
                start = after
            left += found
            after = Bound(end) if end is not None else None
        self._bar.expect(left)
        return left, start, high

    def _last_key(self) -> KeyValue | None:
        return self._patiently(self._chunks.highest, "its last row can't be looked up")

    def _count_part(self, size: int, after: Bound | None, high: KeyValue) -> tuple[int, KeyValue | None]:
        if not self._chunks.readers_block:
            return self._chunks.count_left(None, None), None
        end = self._chunks.end(size, after, high, left=False)
        return self._chunks.count_left(after, high if end is None else end), end

    def _is_worth_it(self, start: Bound | None, high: KeyValue) -> bool:
        """See on the first row left, and without keeping it, that values can be had and that where notices them.

        Returns False for a row that an earlier pass has left already: its value is NULL.
        """
        first = self._patiently(lambda: self._chunks.end(1, start, high, left=True), "where can't be asked for")
        if first is None:
            return False
        row = self._key.text(first)
        try_out = partial(self._chunks.try_out, first)
        still_left, is_null, seconds = self._patiently(try_out, f"the row with {row} can't be filled")
        if not self._many and seconds > _SLOW:
            self._pace.one_took(seconds)
        if still_left and not is_null:
            raise BackfillError(
                f"{self._table}: where still holds for the row with {row} once it is filled, so no second run could "
                "tell what is left: add what holds for a row to fill alone, as in `AND country IS NULL`; values that "
                "are there stay, unless overwrite=True"
            )
        return not (still_left and self._many)

    def _fill(self, start: Bound | None, high: KeyValue) -> None:
        """Fill what is left between the two."""
        after = start
        while after is None or after.key != high:
            self._check()
            filled = self._fill_chunk(after, high)
            if filled is None:
                return
            upto, rows, seconds = filled
            if rows:
                self._pace.took(rows, seconds)
            self._dense = self._key.numbered and after is not None and 2 * rows >= upto[0] - after.key[0]
            self._many += 1
            self._longest = max(self._longest, seconds)
            self._bar.filled(rows)
            after = Bound(upto)
            self._let_others_in(seconds)

    def _let_others_in(self, seconds: float) -> None:
        begun = time.monotonic()
        self._chunks.tidy_up()
        share = _PAUSE_IF_POLLED if self._chunks.lock_is_polled else _PAUSE
        pause = share * seconds if self._pause is None else self._pause
        self._interruption.sleep(begun + pause - time.monotonic())

    def _fill_chunk(self, after: Bound | None, high: KeyValue) -> tuple[KeyValue, int, float] | None:
        """Fill the next chunk, or a smaller one where that fails. Returns its last key, its rows and its seconds.

        So what fails for good is one row in the end, and the error can name it. The key is ``high`` where nothing is
        left up to there.
        """
        upto = None

        def act() -> tuple[KeyValue, int, float] | None:
            nonlocal upto
            upto = None
            picked = self._pick(after, high)
            if picked is None:
                return None
            behind, upto, is_last = picked
            return high if is_last else upto, *self._chunks.fill(behind, upto)

        while True:
            try:
                return with_patience(act, self._wait, self._pace.shrink)
            except sa.exc.SQLAlchemyError as error:
                lasting = not isinstance(error, sa.exc.DBAPIError) or not (
                    passes(error) or error.connection_invalidated
                )
                if lasting and upto is not None and self._pace.size > 1:
                    self._pace.shrink()
                    continue
                raise self._error(error, self._place(after, upto)) from error

    def _pick(self, after: Bound | None, high: KeyValue) -> tuple[Bound | None, KeyValue, bool] | None:
        """Where the next chunk begins and ends, and whether nothing is left behind it; None where nothing is left.

        Where the rows left lie far apart, the UPDATE would take as long as it takes to find them, with locks in hand.
        Where they lie close, so many numbers on there can't be more rows than that, and nothing has to be walked.
        """
        if self._dense and after is not None:
            return after, (min(after.key[0] + self._pace.size, high[0]),), False
        while True:
            begun, size = time.monotonic(), self._pace.size
            end = self._chunks.end(size, after, high, left=True)
            upto = end or self._chunks.last_left(after, high)
            if upto is None:
                return None
            if size == 1 or time.monotonic() - begun <= self._budget:
                return after, upto, end is None
            self._pace.shrink()
            first = self._chunks.end(1, after, high, left=True)
            if first is None:
                return None
            after = Bound(first, included=True)

    def _patiently(self, act: Callable[[], Result], problem: str) -> Result:
        try:
            return with_patience(act, self._wait)
        except sa.exc.SQLAlchemyError as error:
            raise self._error(error, f"{self._table}: {problem}") from error

    def _place(self, after: Bound | None, upto: KeyValue | None) -> str:
        if upto is None:
            return f"{self._table}: the next rows can't be looked up"
        if self._pace.size == 1:
            return f"{self._table}: the row with {self._key.text(upto)} can't be filled"
        behind = f"behind {self._key.text(after.key)} " if after else ""
        return f"{self._table}: the rows {behind}up to {self._key.text(upto)} can't be filled"

    def _error(self, error: sa.exc.SQLAlchemyError, what: str) -> BackfillError:
        """One line: what failed, in whose words, and what to do."""
        said = f"{what}: {words(error)}"
        kept = f"; {self._bar.rows:,} rows before are filled" if self._bar.rows else "; nothing has been changed"
        if isinstance(error, sa.exc.DBAPIError) and passes(error):
            remedy = (
                f"somebody was in the way {ATTEMPTS} times: run it again when they are gone, and it goes on from here"
            )
        elif isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated:
            remedy = "the connection is gone: run it again, and it goes on from here"
        else:
            remedy = "correct it, and run it again" + (": it goes on from here" if self._bar.rows else "")
        return BackfillError(f"{said}{kept}; {remedy}")

    def _wait(self, seconds: float) -> None:
        self._interruption.sleep(seconds)
        self._check()

    def _check(self) -> None:
        def line() -> str:
            rows = f"{self._bar.rows:,} rows of {self._table} are filled"
            left = f", some {self._bar.left:,} are left" if self._bar.shown else ""
            return f"stopped between two chunks: {rows}{left}; run it again, and it goes on from there"

        self._interruption.check(line)
