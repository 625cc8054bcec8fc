"""What a rehearsal costs at a million rows, beside what nobody can do without: copy, upgrade, downgrade, upgrade.

Run it with ``PYTHONPATH=tests python -m bench.rehearsal``. It prints both, their ratio and the memory on each engine
that is here, and ends with 1 where a ratio is above 1.5, or a process of the command's takes more than 1.3 times the
memory that it takes at ten thousand rows.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa
from engines.own_projects import init, revision

from migration_lab.engines import SCRATCH_VARIABLE, Engine, find_engine

AT_MOST = 1.5
MEMORY_AT_MOST = 1.3
FEW = 10_000
ROWS = 1_000_000
RUNS = 3
UP = """op.add_column("users", sa.Column("is_active", sa.Boolean()))
op.execute(sa.update(sa.table("users", sa.column("is_active"))).values(is_active=sa.true()))
with op.batch_alter_table("users") as batch:
    batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=False)"""
DOWN = """with op.batch_alter_table("users") as batch:
    batch.drop_column("is_active")"""
NUMBERS = {
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows}) SELECT n FROM s) AS s",
    "postgresql": "generate_series(1, {rows}) AS s(n)",
    "mysql": "(SELECT seq AS n FROM seq_1_to_{rows}) AS s",
}
COPY = """
import sys
from pathlib import Path
import sqlalchemy as sa
from migration_lab.rehearsal.copying import copies_of
with copies_of(sa.make_url(sys.argv[1]), Path(sys.argv[2]), lambda left, of: None, keep=True) as copies:
    print(copies.copy.render_as_string(hide_password=False))
"""


def main() -> int:
    """Measure. Returns the exit code."""
    worst, largest = 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="lab-") as folder:
        os.environ[SCRATCH_VARIABLE] = folder
        for key in sys.argv[1:] or ("sqlite", "postgresql", "mariadb"):
            engine = find_engine(key)
            if engine.missing:
                print(f"{key}: {engine.missing}")
                continue
            cost, memory = measure(engine, Path(folder) / key)
            worst, largest = max(worst, cost), max(largest, memory)
    print(f"at most {AT_MOST} times is allowed, and {MEMORY_AT_MOST} times the memory")
    return int(worst > AT_MOST or largest > MEMORY_AT_MOST)


def measure(engine: Engine, folder: Path) -> tuple[float, float]:
    """The ratios on one engine: of the medians of some runs in turn, and of the memory at many rows and at few."""
    few = folder.with_name(f"{folder.name}-few")
    make(engine, few, FEW)
    little = peak(few)
    make(engine, folder, ROWS)
    alone, whole = [], []
    for _ in range(RUNS):
        alone.append(by_hand(engine, folder))
        started = time.perf_counter()
        run([sys.executable, "-m", "migration_lab", "rehearse", "--json"], folder)
        whole.append(time.perf_counter() - started)
    ratio = statistics.median(whole) / statistics.median(alone)
    much = peak(folder)
    print(
        f"{engine.name}, {ROWS:,} rows: alone {statistics.median(alone):.1f} s, "
        f"rehearsed {statistics.median(whole):.1f} s, {ratio:.2f} times; the largest process has "
        f"{much:.0f} MB, and {little:.0f} MB at {FEW:,} rows, {much / little:.2f} times",
        flush=True,
    )
    return ratio, much / little


def peak(folder: Path) -> float:
    """The megabytes of the largest process of a rehearsal."""
    process = subprocess.Popen(
        [sys.executable, "-m", "migration_lab", "rehearse", "--json"], cwd=folder, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"it ended with {process.returncode}")
    return used.ru_maxrss / 1024


def by_hand(engine: Engine, folder: Path) -> float:
    """The seconds that it takes to copy, and to run Alembic's command three times on the copy."""
    ini = folder / "alembic.ini"
    own = ini.read_text(encoding="utf-8")
    url = engine.url(folder).render_as_string(hide_password=False)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as work:
        copy = run([sys.executable, "-c", COPY, url, work], folder).strip()
        (folder / "copy.ini").write_text(own.replace(url.replace("%", "%%"), copy.replace("%", "%%")), encoding="utf-8")
        for way in (("upgrade", "head"), ("downgrade", "0001"), ("upgrade", "head")):
            run([sys.executable, "-m", "alembic", "-c", "copy.ini", *way], folder)
        seconds = time.perf_counter() - started
        engine.drop(sa.make_url(copy))
    return seconds


def make(engine: Engine, folder: Path, rows: int) -> None:
    """A project with that many users."""
    folder.mkdir(parents=True)
    url = engine.url(folder)
    engine.create(url)
    init(folder, url=url.render_as_string(hide_password=False))
    revision(folder, 2, UP, DOWN)
    numbers = NUMBERS[engine.dialect].format(rows=rows)
    name = "'user' || n" if engine.dialect != "mysql" else "concat('user', n)"
    with engine.connect(url).begin() as connection:
        for statement in (
            "CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50), email TEXT, age INTEGER, born TEXT)",
            f"INSERT INTO users SELECT n, {name}, {name}, n - 90 * (n / 90), '2000-01-01' FROM {numbers}",
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
            "INSERT INTO alembic_version VALUES ('0001')",
        ):
            connection.exec_driver_sql(statement)


def run(command: list[str], folder: Path) -> str:
    """What a command prints, run in the folder. Raises where it finds something."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
