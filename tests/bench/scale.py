"""What lesson 8 costs who takes it: 1,000,000 rows on SQLite, and Run All with the rows that it has by itself.

Run it with ``PYTHONPATH=tests python -m bench.scale``. It ends with 1 where the rows take more than 3 s, or Run All
more than 90 s. The rows are made three times, and the quickest counts.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from notebooks.kernels import run_all

from migration_lab import SEEDED, open_lesson
from migration_lab.engines import SCRATCH_VARIABLE
from migration_lab.load import fill_users

LESSON = "08_at_scale"
ROWS, MOST_FOR_ROWS, RUNS = 1_000_000, 3.0, 3
MOST_FOR_ALL = 90.0


def main() -> int:
    """Measure and print. Returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as scratch:
        os.environ[SCRATCH_VARIABLE] = scratch
        os.environ.pop("MIGRATION_LAB_ROWS", None)
        rows = min(seconds_for_rows() for _ in range(RUNS))
        print(f"{ROWS:,} rows on SQLite: {rows:.2f} s, at most {MOST_FOR_ROWS:.0f} are allowed", flush=True)
        begun = time.perf_counter()
        run_all(LESSON, Path(scratch), "sqlite3")
        everything = time.perf_counter() - begun
        print(f"Run All of {LESSON}: {everything:.0f} s, at most {MOST_FOR_ALL:.0f} are allowed")
    return int(rows > MOST_FOR_ROWS or everything > MOST_FOR_ALL)


def seconds_for_rows() -> float:
    """How long the rows take on a new database."""
    lesson = open_lesson(LESSON, SEEDED, engine="sqlite")
    lesson.reset(keep=False)
    begun = time.perf_counter()
    fill_users(lesson, ROWS, progress=False)
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
