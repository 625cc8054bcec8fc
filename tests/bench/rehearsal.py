"""What a rehearsal costs at a million rows, beside what nobody can do without: copy, upgrade, downgrade, upgrade.

Run it with ``PYTHONPATH=tests python -m bench.rehearsal``. It prints both, their ratio and the memory on each engine
that is here, and ends with 1 where a ratio is above 1.5.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engines.own_projects import init, revision

from migration_lab.engines import SCRATCH_VARIABLE, Engine, find_engine

AT_MOST = 1.5
ROWS = 1_000_000
RUNS = 3 if len(sys.argv) < 2 else int(sys.argv[1])
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
# What one would do by hand, in one process, and no more.
ALONE = """
import sys, time
from pathlib import Path
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from migration_lab.rehearsal.copying import copies_of
started = time.perf_counter()
config = Config("alembic.ini", attributes={"configure_logger": False})
folder = Path(sys.argv[1])
with copies_of(sa.make_url(config.get_main_option("sqlalchemy.url")), folder, lambda left, of: None) as copies:
    copied = time.perf_counter()
    config.set_main_option("sqlalchemy.url", copies.copy.render_as_string(hide_password=False).replace("%", "%%"))
    for move, to in ((command.upgrade, "head"), (command.downgrade, "0001"), (command.upgrade, "head")):
        move(config, to)
print(time.perf_counter() - started)
"""


def main() -> int:
    """Measure. Returns the exit code."""
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="lab-") as folder:
        os.environ[SCRATCH_VARIABLE] = folder
        for key in sys.argv[2:] or ("sqlite", "postgresql", "mariadb"):
            engine = find_engine(key)
            if engine.missing:
                print(f"{key}: {engine.missing}")
                continue
            worst = max(worst, measure(engine, Path(folder) / key))
    print(f"at most {AT_MOST} times is allowed")
    return int(worst > AT_MOST)


def measure(engine: Engine, folder: Path) -> float:
    """The ratio on one engine, of the medians of some runs in turn."""
    make(engine, folder, ROWS)
    alone, whole = [], []
    for _ in range(RUNS):
        alone.append(float(run([sys.executable, "-c", ALONE, str(folder)], folder).splitlines()[-1]))
        for file in folder.glob("*.db"):
            if file.name != "app.db":
                file.unlink()
        started = time.perf_counter()
        run([sys.executable, "-m", "migration_lab", "rehearse", "--json"], folder)
        whole.append(time.perf_counter() - started)
    ratio = statistics.median(whole) / statistics.median(alone)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{engine.name}, {ROWS:,} rows: alone {statistics.median(alone):.1f} s, "
        f"rehearsed {statistics.median(whole):.1f} s, {ratio:.2f} times; the largest process had {peak:.0f} MB",
        flush=True,
    )
    return ratio


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
