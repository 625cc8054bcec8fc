"""How long a snapshot of 200 tables takes on each engine, and a lesson's reset: under a second is asked of both.

And under ten of the deploy's matrix, on the databases that lesson 10 can have.

Run it with ``PYTHONPATH=tests python -m bench.snapshot``.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from migration_lab.deploy import APP, make_matrix
from migration_lab.engines import SCRATCH_VARIABLE, Engine, find_engine
from migration_lab.lessons import SEEDED, open_lesson
from migration_lab.snapshot import snapshot_url

ENGINES = ("sqlite", "sqlite-modern", "postgresql", "postgresql-16", "mariadb")
TABLES = 200
RUNS = 5
SECONDS_AT_MOST = 1.0
DEPLOYED = ("sqlite", "postgresql")
MATRIX_AT_MOST = 10.0


def main() -> int:
    """Measure and print. Returns the exit code: 1 where something takes longer than it may."""
    slow = False
    with tempfile.TemporaryDirectory(prefix="b-", ignore_cleanup_errors=True) as folder:
        os.environ[SCRATCH_VARIABLE] = folder
        for key in ENGINES:
            engine = find_engine(key)
            if engine.missing:
                print(f"{engine.name}: {engine.missing}")
                continue
            seen, reset = of_tables(engine, Path(folder) / "app"), of_reset(key)
            print(
                f"{engine.name}: a snapshot of {TABLES} tables {seen * 1000:.0f} ms, reset() {reset * 1000:.0f} ms; "
                f"at most {SECONDS_AT_MOST * 1000:.0f} ms",
                flush=True,
            )
            slow |= max(seen, reset) > SECONDS_AT_MOST
            if key in DEPLOYED:
                matrix = of_matrix(key)
                print(f"{engine.name}: the deploy's matrix {matrix:.1f} s; at most {MATRIX_AT_MOST:.0f} s", flush=True)
                slow |= matrix > MATRIX_AT_MOST
    return int(slow)


def of_tables(engine: Engine, folder: Path) -> float:
    """A snapshot of tables with a key, a UNIQUE, an index, a foreign key and a row each."""
    folder.mkdir(exist_ok=True)
    url = engine.url(folder)
    engine.create(url)
    script = []
    for number in range(TABLES):
        parent = f", parent_id INT, FOREIGN KEY (parent_id) REFERENCES t{number - 1} (id)" if number else ""
        script += [
            f"CREATE TABLE t{number} (id INT PRIMARY KEY, name VARCHAR(50) DEFAULT 'x' UNIQUE, made DATE{parent});",
            f"CREATE INDEX i{number} ON t{number} (made, name);",
            f"INSERT INTO t{number} (id) VALUES (1);",
        ]
    engine.run(url, "\n".join(script))
    assert len(snapshot_url(url).tables) == TABLES
    seconds = timed(lambda: snapshot_url(url))
    engine.drop(url)
    return seconds


def of_reset(key: str) -> float:
    """A lesson's database, with its table and rows, made anew."""
    lesson = open_lesson("trial", SEEDED, engine=key)
    try:
        return timed(lesson.reset)
    finally:
        lesson.close()


def of_matrix(key: str) -> float:
    """Every version of the app asked at every step of the schema."""
    lesson = open_lesson("matrix", APP, engine=key)
    try:
        return timed(lambda: make_matrix(lesson))
    finally:
        lesson.close()


def timed(act: Callable[[], object]) -> float:
    """The median of some runs."""
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


if __name__ == "__main__":
    sys.exit(main())
