"""What op.set_not_null costs with a million rows and somebody writing, beside the other ways and a scan for NULLs.

Run it with ``PYTHONPATH=tests python -m bench.set_not_null``. It needs the extra ``bench``, for
sqlite-utils' ``transform``.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa
import sqlite_utils
from engines.tightening import migration

from migration_lab.engines import SCRATCH_VARIABLE, Engine, find_engine, url_text

ROWS = {"sqlite": 1_000_000, "sqlite-modern": 1_000_000, "postgresql": 5_000_000, "postgresql-16": 5_000_000}
ROWS |= {"mariadb": 1_000_000}
RUNS = 5
SCAN = "SELECT count(*) FROM users WHERE is_active IS NULL"
AT_MOST = {"sqlite": 1.5, "postgresql": 0.1}
fork: Any = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Cost:
    """Seconds: the whole, and the longest that somebody waited who wrote one row after the other meanwhile."""

    total: float
    wait: float

    def __str__(self) -> str:
        return f"{self.total * 1000:8.0f} ms  {self.wait * 1000:8.1f} ms"


def main() -> int:
    """Measure and print. Returns the exit code: 1 where something costs more than it may."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="b-", ignore_cleanup_errors=True) as folder:
        os.environ[SCRATCH_VARIABLE] = folder
        for key in ROWS:
            engine = find_engine(key)
            print(f"-- {engine.name}, {ROWS[key]:,} rows {engine.missing}", flush=True)
            if not engine.missing:
                failed |= measure(engine, Path(folder) / "app")
    return failed


def measure(engine: Engine, folder: Path) -> int:
    """Each way in turns. Judges by the median of all runs, since a single one may have had luck, or company."""
    folder.mkdir(exist_ok=True)
    database = engine.url(folder)
    url = url_text(database)
    engine.create(database)
    fill(engine, url)
    # The scan as part of a transaction that keeps others from writing, as each way on SQLite needs it.
    ways: dict[str, tuple[Callable[[str], None], int]] = {
        "a scan for NULLs": (scan, RUNS),
        "op.set_not_null": (ours, RUNS),
    }
    if engine.dialect == "sqlite":
        ways |= {"batch mode": (batch, 1), "transform of sqlite-utils": (transform, 1)}
    else:
        ways |= {"a plain NOT NULL": (plain, RUNS)}
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for run in range(RUNS):
        for name, (way, runs) in ways.items():
            if run < runs:
                costs[name].append(watched(way, url))
                if way in (ours, plain):
                    relax(url)
                if way in (batch, transform):  # what they lost comes back with a new table
                    engine.create(database)
                    fill(engine, url)
    engine.drop(database)
    print(f"  {'':26}  {'median of all, and wait':>24}    {'best':>24}")
    for name, some in costs.items():
        print(f"  {name:26}  {of(median, some)}    {of(min, some)}")
    other = of(median, costs["a scan for NULLs" if engine.dialect == "sqlite" else "a plain NOT NULL"])
    found = of(median, costs["op.set_not_null"])
    whole, wait = found.total / other.total, found.wait / other.wait
    at_most = AT_MOST.get(engine.dialect)
    print(
        f"  op.set_not_null: {whole:.2f} of the time, {wait:.2f} of the wait; at most {at_most or 'as it comes'}",
        flush=True,
    )
    if engine.dialect == "sqlite":
        return int(max(whole, wait) > AT_MOST["sqlite"])
    return int(engine.dialect == "postgresql" and wait > AT_MOST["postgresql"])


def of(kind: Callable[[Iterable[float]], float], costs: Sequence[Cost]) -> Cost:
    """Their median, or their least."""
    return Cost(kind([cost.total for cost in costs]), kind([cost.wait for cost in costs]))


def fill(engine: Engine, url: str) -> None:
    """The table of users, none of whom is NULL."""
    rows, kind = ROWS[engine.key], "BOOLEAN"
    numbers = {
        "sqlite": f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n)",
        "postgresql": f"(SELECT i FROM generate_series(1, {rows}) AS n(i))",
        "mysql": f"(SELECT seq AS i FROM seq_1_to_{rows})",
    }[engine.dialect]
    with connected(url) as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50), is_active {kind})"
        )
        name = "'user' || i" if engine.dialect != "mysql" else "concat('user', i)"
        connection.exec_driver_sql(f"INSERT INTO users SELECT i, {name}, i > 0 FROM {numbers} AS numbers")
        connection.commit()
    if engine.dialect == "postgresql":
        with connected(url, isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE users")
            connection.exec_driver_sql("CHECKPOINT")


@contextmanager
def connected(url: str, **options: Any) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=sa.NullPool, **options)
    with engine.connect() as connection:
        yield connection


def scan(url: str) -> None:
    with connected(url) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        assert connection.exec_driver_sql(SCAN).scalar() == 0
        connection.commit()


def ours(url: str) -> None:
    with migration(url) as op:
        op.set_not_null("users", "is_active")


def relax(url: str) -> None:
    with migration(url) as op:
        op.drop_not_null("users", "is_active")


def plain(url: str) -> None:
    with migration(url) as op:
        op.alter_column("users", "is_active", existing_type=sa.Boolean(), nullable=False)


def batch(url: str) -> None:
    with migration(url) as op, op.batch_alter_table("users", recreate="always") as table:
        table.alter_column("is_active", existing_type=sa.Boolean(), nullable=False)


def transform(url: str) -> None:
    connection = sa.create_engine(url).raw_connection().driver_connection
    sqlite_utils.Database(connection).table("users").transform(not_null={"is_active"})
    assert connection is not None
    connection.close()


def watched(way: Callable[[str], None], url: str) -> Cost:
    """What it costs while another process writes one row after the other."""
    ready, stop = fork.Event(), fork.Event()
    ours_end, theirs = fork.Pipe()
    writer = fork.Process(target=write, args=(url, ready, stop, theirs))
    writer.start()
    ready.wait(60)
    time.sleep(0.2)
    start = time.monotonic()
    way(url)
    end = time.monotonic()
    time.sleep(0.1)
    stop.set()
    waits = [(begun, done) for begun, done in ours_end.recv() if done > start and begun < end]
    writer.join()
    return Cost(end - start, max(done - begun for begun, done in waits))


def write(url: str, ready: Any, stop: Any, pipe: Any) -> None:
    """Update random rows, a commit each, as fast as is let. Only locks are waited for, no disk, and no long pause."""
    waits = []
    with connected(url) as connection:
        sqlite = connection.dialect.name == "sqlite"
        settings = {"sqlite": "PRAGMA busy_timeout = 0", "postgresql": "SET synchronous_commit = off"}
        connection.exec_driver_sql(settings.get(connection.dialect.name, "DO 0"))
        if sqlite:
            connection.exec_driver_sql("PRAGMA synchronous = OFF")
        connection.commit()
        while not stop.is_set():
            begun = time.monotonic()
            while not stop.is_set():
                with suppress(sa.exc.OperationalError):
                    number = random.randrange(1, 1_000_000)
                    connection.exec_driver_sql(f"UPDATE users SET username = 'new' WHERE id = {number}")
                    connection.commit()
                    break
                connection.rollback()
                time.sleep(0.0005)
            waits.append((begun, time.monotonic()))
            ready.set()
            time.sleep(0.001)
    pipe.send(waits)


if __name__ == "__main__":
    sys.exit(main())
