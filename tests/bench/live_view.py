"""What the live view costs, and how soon a commit of another process is on the page of a real JupyterLab: 250 ms are
asked for, and at most 1 % of a core while nothing happens, a server's own share included.

Run it with ``PYTHONPATH=tests python -m bench.live_view``. It needs a Chromium, as the browser tests do.
"""

from __future__ import annotations

import math
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psutil
import sqlalchemy as sa
from browser.conftest import browser_arguments, find_chromium
from browser.pages import SECONDS, Jupyter, cells, choose_menu, jupyter_lab, open_notebook, run_all
from playwright.sync_api import Page, sync_playwright

from migration_lab.engines import SCRATCH_VARIABLE, Engine, find_engine, sqlite_driver
from migration_lab.snapshot import COUNT_LIMIT, open_read_only, read_snapshot
from migration_lab.views.pictures.database import draw_database

ENGINES = {"sqlite": 5, "postgresql": 2, "mariadb": 2}  # runs of each
COMMITS = 100
IDLE_SECONDS = 10
MILLISECONDS_AT_MOST = 250  # for 95 of 100 commits
SHARE_AT_MOST = 0.01  # of a core, all processes together
RATIO_AT_MOST = 1.5  # of the first page of a million rows to that of a hundred
SET_UP = """
import os, pathlib, time
from migration_lab import open_lesson
from migration_lab.views import live_view
lesson = open_lesson("trial", engine={!r})
os.getpid()
"""
BUSY = """
while not pathlib.Path("stop").exists():
    sum(range(1000))
"""
# Notes when a text such as 'tick7' is first in the page.
WATCH = r"""() => {
  window.seen = {};
  const look = () => {
    for (const cell of document.querySelectorAll('.mlab td')) {
      const found = cell.textContent.match(/'tick(\d+)'/);
      if (found && !(found[1] in window.seen)) window.seen[found[1]] = Date.now();
    }
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


def main() -> int:
    """Measure and print. Returns the exit code: 1 where something takes longer, or more, than it may."""
    good = first_page()
    chromium = find_chromium()
    with tempfile.TemporaryDirectory() as home, jupyter_lab(Path(home)) as jupyter, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=browser_arguments())
        page = browser.new_page(base_url=jupyter.url)
        page.request.get(jupyter.login)
        os.environ[SCRATCH_VARIABLE] = str(jupyter.scratch_db)
        for key, runs in ENGINES.items():
            good &= latency(page, jupyter, find_engine(key), runs)
        browser.close()
    return int(not good)


def first_page() -> bool:
    """The cost of a first look at a table of 1,000,000 rows, against one of 100, in turns. Returns whether it may."""
    sizes = (100, 1_000_000)
    times: dict[int, list[float]] = {size: [] for size in sizes}
    sent: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            make_table(Path(folder) / f"{size}.db", size)
        for _ in range(200):
            for size in sizes:
                start = time.perf_counter()
                with closing(open_read_only(Path(folder) / f"{size}.db", sqlite_driver())) as connection:
                    drawing = draw_database(read_snapshot(connection, count_limit=COUNT_LIMIT))
                times[size].append(time.perf_counter() - start)
                sent[size] = len(drawing.html.encode()) + len(str(drawing).encode())
    small, large = (statistics.median(times[size]) for size in sizes)
    print(f"first page ({sqlite_driver().sqlite_version}): 100 rows {small * 1000:.2f} ms, ", end="")
    print(f"1,000,000 rows {large * 1000:.2f} ms, ratio {large / small:.2f} (at most {RATIO_AT_MOST}); ", end="")
    print(f"sent {sent[100]:,} and {sent[1_000_000]:,} bytes")
    return large / small <= RATIO_AT_MOST


def make_table(path: Path, rows: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50) UNIQUE, email VARCHAR(100) UNIQUE)"
        )
        connection.execute(
            """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
            INSERT INTO users SELECT i, printf('user%07d', i), NULL FROM n""",
            (rows,),
        )
        connection.commit()


def latency(page: Page, jupyter: Jupyter, engine: Engine, runs: int) -> bool:
    """From another process's commit to the page, while idle and while a cell runs; and what an idle view costs.

    Returns whether all is as it may be; what can't be measured is.
    """
    print(f"-- {engine.name} {engine.missing}")
    if engine.missing:
        return True
    stop = jupyter.folder / "notebooks" / "stop"
    stop.touch()
    set_up = SET_UP.format(engine.key)
    jupyter.write(engine.key, [set_up, "live = live_view(lesson)", BUSY])
    open_notebook(page, engine.key)
    run_all(page)
    kernel = psutil.Process(int(cells(page)[0]["outputs"][0]["data"]["text/plain"]))
    (watching,) = (one for one in kernel.children() if "migration_lab.watching.child" in one.cmdline())
    print(f"memory of the process that watches: {megabytes(watching)}; of the kernel: {megabytes(kernel)}")
    server = [one for one in psutil.process_iter() if is_keeper(one, jupyter.scratch_db / ".servers" / engine.key)]
    server += [one for keeper in server for one in keeper.children(recursive=True)]
    shares = [sum(map(cpu_share, (one.pid for one in some))) for some in ([kernel], [watching], server)]
    page.evaluate(WATCH)
    database = engine.connect(engine.url(jupyter.scratch_db / f"trial_{engine.key}"))
    most = []
    print(f"run  what   seen of {COMMITS}  median ms  95th percentile ms  longest ms")
    first = 0
    for run in range(1, runs + 1):
        most.append(report(run, "idle", measure(page, database, first)))
        stop.unlink()
        choose_menu(page, "Run", "Run All Cells")
        page.locator(".jp-InputPrompt", has_text="[*]").first.wait_for(timeout=SECONDS * 1000)
        page.wait_for_timeout(2000)
        most.append(report(run, "busy", measure(page, database, first + COMMITS)))
        stop.touch()
        page.locator(".jp-InputPrompt", has_text="[*]").first.wait_for(state="detached", timeout=SECONDS * 1000)
        first += 2 * COMMITS
    print("idle CPU, of a core: {:.2%} the kernel, {:.2%} the process that watches, {:.2%} the server".format(*shares))
    late, share = statistics.median(most), sum(shares)
    print(
        f"95th percentile {late:.0f} ms (at most {MILLISECONDS_AT_MOST}), "
        f"idle {share:.2%} (at most {SHARE_AT_MOST:.0%})"
    )
    return late <= MILLISECONDS_AT_MOST and not share > SHARE_AT_MOST


def is_keeper(process: psutil.Process, folder: Path) -> bool:
    words = process.cmdline()
    return any(word.endswith("keeper.py") for word in words) and f'"folder": "{folder}"' in words[-1]


def megabytes(process: psutil.Process) -> str:
    """What a process adds to the memory in use: its own, and its share of what it has in common with others."""
    return f"{process.memory_full_info().pss / 1e6:.1f} MB"


def measure(page: Page, database: sa.Engine, first: int) -> list[float]:
    """Milliseconds from the end of each commit to its appearance; infinitely many where it never came."""
    sent = {}
    tick = sa.text("UPDATE users SET email = :tick WHERE id = 1")
    with database.connect() as connection:
        for number in range(first, first + COMMITS):
            connection.execute(tick, {"tick": f"tick{number}"})
            connection.commit()
            sent[number] = time.time() * 1000
            page.wait_for_timeout(random.uniform(300, 400))
    page.wait_for_timeout(1000)
    seen: dict[str, float] = page.evaluate("window.seen")
    return [seen.get(str(number), math.inf) - sent[number] for number in sent]


def report(run: int, name: str, milliseconds: Sequence[float]) -> float:
    """Print a run. Returns its 95th percentile."""
    ordered = sorted(milliseconds)
    median, most = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95))
    seen = sum(map(math.isfinite, ordered))
    print(f"{run:3}  {name:5}  {seen:11}  {median:9.0f}  {most:18.0f}  {ordered[-1]:10.0f}", flush=True)
    return most


def cpu_share(process: int) -> float:
    """How much of a core a process takes; Linux only, elsewhere not a number."""
    about = Path(f"/proc/{process}/task")
    if not about.exists():
        return float("nan")

    def nanoseconds() -> int:
        return sum(int((task / "schedstat").read_text(encoding="utf-8").split()[0]) for task in about.iterdir())

    time.sleep(2)
    before = nanoseconds()
    time.sleep(IDLE_SECONDS)
    return (nanoseconds() - before) / 1e9 / IDLE_SECONDS


if __name__ == "__main__":
    sys.exit(main())
