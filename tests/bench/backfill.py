"""What a backfill in chunks costs, and how long a client waits meanwhile, against one big UPDATE of the same rows.

Run it with ``PYTHONPATH=tests python -m bench.backfill``; engines can be named behind it. It leaves each wait of the
client as a dot in ``_build/backfill.svg``, and ends with 1 where something asked for is missed in the median of five
runs. Asked for are a total of at most 1.5 times the big UPDATE's; a longest wait of at most a tenth of the one beside
it, and of at most 3 lock budgets and the client's own pause; a memory that doesn't grow with the rows; and rows a
second within 15 % from 10,000 rows to 1,000,000.

A run takes some milliseconds for itself, whatever its rows: its statements are made ready, its first chunks are small,
each commit is brought to the disk. On SQLite that is twice what 10,000 rows take. So the rate of the rows that a longer
run has more, of those beyond 10,000 and of those beyond 100,000, is printed and held to the same 15 %.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import sqlalchemy as sa

from migration_lab.backfill import backfill
from migration_lab.engines import SCRATCH_VARIABLE, Engine, find_engine

ENGINES = ("sqlite", "sqlite-modern", "postgresql", "mariadb")
ROWS = 1_000_000
RUNS = 5
SMALLER = {10_000: 25, 100_000: 9}  # how often each is measured
SPREAD = 0.15  # of the rows a second
MEMORY_SPREAD = 16e6  # bytes that a run may take more with all rows than with few
LOCK_BUDGET = 0.05
PAUSE = 0.002  # of the client on SQLite, before it asks again for a lock that it hasn't had
PROCESSES = multiprocessing.get_context("spawn")
PICTURE = Path(__file__).resolve().parents[2] / "_build" / "backfill.svg"
ONE_UPDATE, CHUNKS, BUSY_HANDLER = "one UPDATE", "chunks", "chunks, busy handler"
FILL = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
    "SELECT i, 'user' || i FROM n",
    "postgresql": "SELECT i, 'user' || i FROM generate_series(1, {}) AS n(i)",
    "mysql": "SELECT seq, concat('user', seq) FROM seq_1_to_{}",
}


@dataclass
class Run:
    """What one way took, and the client's requests: when each began and how long it waited, in seconds."""

    engine: str
    way: str
    rows: int
    seconds: float = 0.0
    filling: float = 0.0  # seconds, without the look at the table's columns, which is the same for any
    memory: int = 0
    waits: list[tuple[float, float]] = field(default_factory=list)

    @property
    def longest(self) -> float:
        """The client's longest wait."""
        return max((wait for _, wait in self.waits), default=math.nan)


def main() -> int:
    """Measure and print. Returns the exit code."""
    runs: list[Run] = []
    misses: list[str] = []
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as scratch:
        os.environ[SCRATCH_VARIABLE] = scratch
        for key in sys.argv[1:] or ENGINES:
            engine = find_engine(key)
            print(f"-- {engine.name} {engine.missing}", flush=True)
            if not engine.missing:
                made, missed = measure(engine, Path(scratch) / "bench")
                runs += made
                misses += [f"{engine.name}: {miss}" for miss in missed]
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw(runs), encoding="utf-8")
    print(f"each wait over time: {PICTURE}")
    print("\n".join(misses) or "nothing is missed")
    return int(bool(misses))


def measure(engine: Engine, folder: Path) -> tuple[list[Run], list[str]]:
    """The ways of one engine, each in its median run by time; and what the medians miss."""
    folder.mkdir(exist_ok=True)
    url = engine.url(folder)
    ways = [ONE_UPDATE, CHUNKS, *([BUSY_HANDLER] if engine.dialect == "sqlite" else [])]
    # One after the other, so that what else the machine does meets all of them.
    rounds = [[run(engine, url, way, ROWS) for way in ways] for _ in range(RUNS)]
    tries = dict(zip(ways, zip(*rounds, strict=True), strict=True))
    seconds = {way: statistics.median(one.seconds for one in some) for way, some in tries.items()}
    longest = {way: statistics.median(one.longest for one in some) for way, some in tries.items()}
    print(f"{'way':22} {'seconds':>8} {'times':>6} {'longest wait ms':>16} {'of big':>11} {'MB more':>10}")
    for way, some in tries.items():
        print(
            f"{way:22} {seconds[way]:8.2f} {seconds[way] / seconds[ONE_UPDATE]:6.2f} {longest[way] * 1000:16.0f} "
            f"{longest[way] / longest[ONE_UPDATE]:11.3f} {max(one.memory for one in some) / 1e6:10.1f}",
            flush=True,
        )
    most = 3 * LOCK_BUDGET + (PAUSE if engine.dialect == "sqlite" else 0.0)
    print(f"a client may wait {most * 1000:.0f} ms, and {longest[ONE_UPDATE] * 100:.0f} ms by the big UPDATE's wait")
    missed = {
        "total > 1.5 times the big UPDATE's": seconds[CHUNKS] > 1.5 * seconds[ONE_UPDATE],
        # Also where a client was never there: then there is no longest wait.
        "longest wait > a tenth of the big UPDATE's": not longest[CHUNKS] <= longest[ONE_UPDATE] / 10,
        "longest wait > 3 budgets + retry pause": not longest[CHUNKS] <= most,
    }
    missed |= evenness(engine, url, tries[CHUNKS])
    engine.drop(url)
    return [sorted(some, key=lambda one: one.seconds)[RUNS // 2] for some in tries.values()], [
        miss for miss, is_so in missed.items() if is_so
    ]


def evenness(engine: Engine, url: sa.URL, large: Sequence[Run]) -> dict[str, bool]:
    """Whether fewer rows take another time each, or less memory, than all of them took in ``large``."""
    sizes = {rows: [run(engine, url, CHUNKS, rows) for _ in range(times)] for rows, times in SMALLER.items()}
    sizes[ROWS] = list(large)
    # What disturbs a run only makes it longer, and some milliseconds are much of a short one: the quickest is compared.
    filling = {rows: min(one.filling for one in some) for rows, some in sizes.items()}
    memory = {rows: max(one.memory for one in some) for rows, some in sizes.items()}
    for rows, seconds in filling.items():
        print(f"{rows:9,} rows: {rows / seconds:9,.0f} rows/s, {memory[rows] / 1e6:.1f} MB more")
    missed = {f"memory grows from {rows:,} rows on": memory[ROWS] - memory[rows] > MEMORY_SPREAD for rows in SMALLER}
    whole = {rows: rows / seconds for rows, seconds in filling.items()}
    missed |= {
        f"rows/s not within {SPREAD:.0%} at {rows:,} rows": abs(whole[rows] / whole[ROWS] - 1) > SPREAD
        for rows in SMALLER
    }
    rates = {fewer: (more - fewer) / (filling[more] - filling[fewer]) for fewer, more in pairwise(sizes)}
    first, last = rates.values()
    print(
        *(f"beyond {rows:,} rows: {rate:,.0f} rows/s" for rows, rate in rates.items()),
        f"{first / last - 1:+.0%}",
        sep="; ",
    )
    missed[f"rows/s not within {SPREAD:.0%} beyond 10,000 rows"] = abs(first / last - 1) > SPREAD
    return missed


def run(engine: Engine, url: sa.URL, way: str, rows: int) -> Run:
    """One way on a table made anew, with a client at work."""
    make_table(engine, url, rows)
    database = engine.connect(url)
    done = Run(engine.name, way, rows)
    with (
        client(engine.key, url, rows, done, handler=way == BUSY_HANDLER),
        memory(done),
        database.connect() as connection,
    ):
        begun = time.perf_counter()
        if way == ONE_UPDATE:
            connection.exec_driver_sql("UPDATE users SET country = 'DE' WHERE country IS NULL")
            connection.commit()
            done.seconds = time.perf_counter() - begun
        else:
            filled = backfill(connection, "users", {"country": "'DE'"}, lock_budget=LOCK_BUDGET, progress=False)
            done.seconds = time.perf_counter() - begun
            assert (filled.rows, filled.left) == (rows, 0), filled
            done.filling = filled.seconds
    return done


def make_table(engine: Engine, url: sa.URL, rows: int) -> None:
    """People without a country, on a table that nothing else has to be done for."""
    engine.create(url)
    key = "INTEGER" if engine.dialect == "sqlite" else "bigint"
    database = engine.connect(url).execution_options(isolation_level="AUTOCOMMIT")
    with database.connect() as connection:
        if engine.dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode = wal")
        connection.exec_driver_sql(
            f"CREATE TABLE users (id {key} PRIMARY KEY, username varchar(50), email varchar(50), country varchar(20))"
        )
        connection.exec_driver_sql(f"INSERT INTO users (id, username) {FILL[engine.dialect].format(rows)}")
        if engine.dialect == "postgresql":
            connection.exec_driver_sql("VACUUM (ANALYZE) users")
            connection.exec_driver_sql("CHECKPOINT")
        elif engine.dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def client(key: str, url: sa.URL, rows: int, run: Run, *, handler: bool) -> Iterator[None]:
    """A client in a process of its own, in the ``with`` block; what it saw is in ``run`` afterwards."""
    here, there = PROCESSES.Pipe()
    process = PROCESSES.Process(target=send, args=(key, url, rows, handler, there))
    process.start()
    there.close()
    assert here.recv() == "ready"
    try:
        yield
        here.send("end")
        run.waits = here.recv()
    finally:
        process.join(30)
        process.kill()


def send(key: str, url: sa.URL, rows: int, handler: bool, end: Connection) -> None:
    """Change a row's email some 100 times a second, each in a transaction of its own, and note how long it took."""
    engine = find_engine(key)
    sqlite = engine.dialect == "sqlite"
    if sqlite:
        url = url.update_query_dict({"timeout": "60" if handler else "0"})
    statement = sa.text("UPDATE users SET email = :email WHERE id = :id")
    chance, waits = random.Random(1), []
    with engine.connect(url).execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(statement, {"id": 1, "email": "first"})
        end.send("ready")
        start = time.perf_counter()
        while not end.poll(0.01):
            begun, values = time.perf_counter(), {"id": chance.randint(1, rows), "email": f"{chance.random()}"}
            while True:
                try:
                    connection.execute(statement, values)
                    break
                except sa.exc.OperationalError:
                    if not sqlite:
                        raise
                    time.sleep(PAUSE)
            waits.append((begun - start, time.perf_counter() - begun))
    end.recv()
    end.send(waits)


@contextmanager
def memory(run: Run) -> Iterator[None]:
    """Note by how many bytes this process grows at most in the ``with`` block."""
    process, over = psutil.Process(), threading.Event()
    before = process.memory_info().rss

    def look() -> None:
        while not over.wait(0.02):
            run.memory = max(run.memory, process.memory_info().rss - before)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def draw(runs: Sequence[Run]) -> str:
    """Each run a band: time across as a share of the run, waits up from 0.1 ms to 100 s, by powers of ten."""
    width, height = 900, 120
    parts = []
    for number, one in enumerate(runs):
        top = number * (height + 24)
        words = f"{one.engine}, {one.way}: {one.seconds:.1f} s, longest wait {one.longest * 1000:.0f} ms"
        parts.append(f'<text x="0" y="{top + 14}">{words}</text>')
        parts.append(f'<rect x="0" y="{top + 20}" width="{width}" height="{height}" fill="none" stroke="#999"/>')
        for began, wait in one.waits:
            x = width * min(began / one.seconds, 1.0)
            y = top + 20 + height * (1 - (math.log10(min(max(wait, 1e-4), 100.0)) + 4) / 6)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.5"/>')
    size = f'width="{width}" height="{len(runs) * (height + 24) + 10}" font-family="sans-serif" font-size="13"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>\n'


if __name__ == "__main__":
    sys.exit(main())
