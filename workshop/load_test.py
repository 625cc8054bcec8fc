"""A full room, for real: learners sign in at the same moment, and each runs the lessons in a kernel of a server.

    python -m workshop.load_test [--learners 30] [--lessons 01 02 03 04 [--out FILE]]

`make load-test` prints what it measured, for lessons 01 to 04 and then for 10, with its servers; ``--out`` keeps it for
the guide and the sizing of larger rooms: where the guide shows the earlier figures of that file, it shows these then.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import platform
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from workshop.accounts import find_account
from workshop.measure import Use, highest, measure
from workshop.proxy import ProxyError, find_proxy
from workshop.room import WorkshopError, remove_learners, running
from workshop.settings import COURSE, Settings, new_word
from workshop.visitor import VisitError, Visitor

MEBIBYTE = 1 << 20
LARGEST = 300 * MEBIBYTE
# And what lesson 7 has beside its kernel: three database servers with their keepers (measured: 115 MiB), and the
# drivers, in the kernel and in a process for each server that its live view follows (measured: 70 MiB).
LARGEST_DATABASES = 200 * MEBIBYTE
GUIDE = COURSE / "workshop" / "README.md"
LESSONS = ("01", "02", "03", "04")
SECONDS_BETWEEN_LOOKS = 2.0
# Runs in each learner's kernel after the lessons: leave a trace of one's own, and look for anybody else's.
TRACE = """
import glob, os, sqlite3
mine = "trace of {name}"
database = sqlite3.connect("../scratch_db/trace.db")
database.execute("CREATE TABLE IF NOT EXISTS traces (text)")
database.execute("INSERT INTO traces VALUES (?)", [mine])
database.commit()
print([text for (text,) in database.execute("SELECT text FROM traces")] == [mine])
def readable(path):
    try:
        os.listdir(path)
    except PermissionError:
        return False
    return True
homes = [path for path in glob.glob({homes!r} + "/*") if path != os.path.expanduser("~")]
print([os.path.basename(path) for path in homes if readable(path)])
print(len(homes))
"""


@dataclass(slots=True)
class Result:
    """How one learner fared. ``error`` is empty when every cell of every lesson ran and nobody else's data was seen."""

    name: str
    cells: int = 0
    waited: float = 0
    worked: float = 0
    error: str = ""
    server: Use = field(default_factory=Use)
    peak: Use = field(default_factory=Use)


async def learn(settings: Settings, result: Result, lessons: Sequence[str], everyone_in: asyncio.Barrier) -> None:
    """Sign in, start a server, run the lessons, look around."""
    started = time.monotonic()
    async with Visitor(settings.url, result.name, settings.word) as visitor:
        answer = await visitor.sign_in()
        if answer.status_code != 302:
            raise VisitError(f"not let in: {answer.status_code}")
        await visitor.start_server()
        result.waited = time.monotonic() - started
        await everyone_in.wait()  # the room begins together
        result.server = look(settings, [result.name])[result.name]
        started = time.monotonic()
        for path in sorted((COURSE / "notebooks").glob("*.ipynb")):
            if path.name.startswith(tuple(lessons)):
                await run_lesson(visitor, result, f"notebooks/{path.name}")
        result.worked = time.monotonic() - started
        await everyone_in.wait()  # all have left their traces to find, and none has gone
        kernel = await visitor.kernel()
        seen = await kernel.run(TRACE.format(name=result.name, homes=str(settings.homes)))
        await everyone_in.wait()
        lines = seen.text.split("\n")
        if seen.error or lines[:2] != ["True", "[]"]:
            raise VisitError(f"saw what is not its own: {seen.error or seen.text}")
        if int(lines[2]) < everyone_in.parties - 1:
            raise VisitError(f"the others' folders were not there to look for: {seen.text}")
        await kernel.shut_down()


async def run_lesson(visitor: Visitor, result: Result, notebook: str) -> None:
    """Run the code cells of the learner's own copy, in a kernel that ends with the lesson."""
    kernel = await visitor.kernel(notebook)
    for number, code in enumerate(await visitor.cells(notebook), 1):
        outcome = await kernel.run(code)
        if outcome.error:
            raise VisitError(f"{notebook}, code cell {number}: {outcome.error}")
        result.cells += 1
    await kernel.shut_down()


def look(settings: Settings, names: Sequence[str]) -> dict[str, Use]:
    """What each learner uses now."""
    accounts = {account.pw_uid: name for name in names if (account := find_account(settings.account(name)))}
    return {name: Use() for name in names} | measure(accounts)


async def watch(settings: Settings, results: Sequence[Result]) -> None:
    """Keep each learner's highest figures, until cancelled."""
    names = [result.name for result in results]
    while True:
        now = await asyncio.to_thread(look, settings, names)
        for result in results:
            result.peak = highest(result.peak, now[result.name])
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


async def visit(settings: Settings, learners: int, lessons: Sequence[str]) -> list[Result]:
    """Have so many learners take the lessons at once."""
    results = [Result(f"learner-{number:02}") for number in range(1, learners + 1)]
    barrier = asyncio.Barrier(learners)

    async def one(result: Result) -> None:
        try:
            await learn(settings, result, lessons, barrier)
        except asyncio.BrokenBarrierError:
            result.error = result.error or "stopped because another learner failed"
        except Exception as error:  # one learner's failure is a figure, not the end of the test
            result.error = f"{type(error).__name__}: {error}"
            await barrier.abort()

    watching = asyncio.create_task(watch(settings, results))
    await asyncio.gather(*(one(result) for result in results))
    watching.cancel()
    return results


def room_settings(folder: Path, *, prefix: str = "ll") -> Settings:
    """The settings of a room in ``folder``, which must be one that every account can pass through.

    The accounts' names carry this copy of the course behind ``prefix``: two copies may be tried on one machine at once,
    and what a killed try left over is found by the next.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    return Settings(
        state=folder / "state",
        homes=folder / "homes",
        word=new_word(),
        instructor_word=new_word(),
        proxy=find_proxy(),
        port=port,
        prefix=f"{prefix}{hashlib.sha256(str(COURSE).encode()).hexdigest()[:4]}-",
    )


def run(learners: int, lessons: Sequence[str]) -> list[Result]:
    """Hold a workshop with so many learners, and leave nothing of it. Raises WorkshopError or ProxyError."""
    with tempfile.TemporaryDirectory(prefix="lab-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        settings = room_settings(folder)
        remove_learners(settings)
        try:
            with running(settings):
                return asyncio.run(visit(settings, learners, lessons))
        finally:
            remove_learners(settings)


def figures(results: Sequence[Result], lessons: Sequence[str], seconds: float) -> dict[str, object]:
    """All that was measured, as it is kept."""
    good = [result for result in results if not result.error]
    packages = ("jupyterhub", "jupyterlab", "ipykernel", "sqlalchemy", "alembic", "pandas")
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": {
            "cores": os.cpu_count(),
            "gibibytes": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        },
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "lessons": list(lessons),
        "learners": len(results),
        "finished": len(good),
        "seconds": round(seconds),
        "each": [asdict(result) for result in good],
    }


def report(results: Sequence[Result], seconds: float) -> str:
    """The figures to read."""
    good = [result for result in results if not result.error]
    databases = [result.peak.databases / MEBIBYTE for result in good]
    lines = [
        f"{len(good)} of {len(results)} learners finished, in {seconds:.0f} s from the first sign-in to the last cell"
    ]
    lines += [f"  {result.name}: {result.error}" for result in results if result.error]
    if good:
        lines += [
            f"{'a learner':38} {'median':>8} {'highest':>8}",
            row("wait for a server, s", [result.waited for result in good], "8.1f"),
            row("the lessons, s", [result.worked for result in good], "8.1f"),
            row("processor time, s", [result.peak.seconds for result in good], "8.1f"),
            row("  of this to start the server", [result.server.seconds for result in good], "8.1f"),
            row("server alone, MiB (PSS)", [result.server.pss / MEBIBYTE for result in good], "8.0f"),
            row("server and kernel at most, MiB (PSS)", [result.peak.pss / MEBIBYTE for result in good], "8.0f"),
            row("  of this private (USS)", [result.peak.own / MEBIBYTE for result in good], "8.0f"),
            *([row("  of this database servers (PSS)", databases, "8.0f")] if any(databases) else []),
            row("  counted without sharing (RSS)", [result.peak.resident / MEBIBYTE for result in good], "8.0f"),
        ]
    return "\n".join(lines)


def printed_table(kept: dict[str, Any]) -> str:
    """The kept figures as the guide shows them, in Markdown."""
    machine, versions = kept["machine"], kept["versions"]
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    each = kept["each"]
    databases = [one["peak"].get("databases", 0) / MEBIBYTE for one in each]

    def line(title: str, values: Sequence[float], shape: str) -> str:
        return f"| {title} | {format(sorted(values)[len(values) // 2], shape)} | {format(max(values), shape)} |"

    return "\n".join(
        [
            f"{kept['finished']} of {kept['learners']} learners, {machine['cores']} cores, {machine['gibibytes']} GiB, "
            f"on {kept['date']}: {kept['seconds']} s in all ({named}).",
            "",
            "| a learner | median | highest |",
            "|---|---|---|",
            line("wait for a server, s", [one["waited"] for one in each], ".0f"),
            line("the lessons, s", [one["worked"] for one in each], ".0f"),
            line("processor time, s", [one["peak"]["seconds"] for one in each], ".1f"),
            line("server alone, MiB (PSS)", [one["server"]["pss"] / MEBIBYTE for one in each], ".0f"),
            line("server and kernel at most, MiB (PSS)", [one["peak"]["pss"] / MEBIBYTE for one in each], ".0f"),
            *([line("of this database servers, MiB (PSS)", databases, ".0f")] if any(databases) else []),
            line("the same as USS", [one["peak"]["own"] / MEBIBYTE for one in each], ".0f"),
            line("the same as RSS", [one["peak"]["resident"] / MEBIBYTE for one in each], ".0f"),
        ]
    )


def keep(kept: dict[str, Any], out: Path) -> None:
    """Write the figures to ``out``, and have the guide show them where it showed those that were there before."""
    if out.exists():
        shown = printed_table(json.loads(out.read_text(encoding="utf-8")))
        guide = GUIDE.read_text(encoding="utf-8")
        GUIDE.write_text(guide.replace(shown, printed_table(kept)), encoding="utf-8")
    out.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def is_small(use: Use) -> bool:
    """Whether that is as little memory as a learner may need."""
    return use.pss <= LARGEST + (LARGEST_DATABASES if use.databases else 0)


def row(title: str, values: Sequence[float], shape: str) -> str:
    """A line of the report."""
    return f"{title:38} {format(sorted(values)[len(values) // 2], shape)} {format(max(values), shape)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the load test. Returns 0 if all finished within the memory that a learner may use, 1 if not."""
    parser = argparse.ArgumentParser(prog="make load-test")
    parser.add_argument("--learners", type=int, default=30)
    parser.add_argument("--lessons", nargs="+", help="instead of 01 to 04, and then 10")
    parser.add_argument("--out", type=Path, help="keep the figures in this file")
    options = parser.parse_args(arguments)
    if options.out and not options.lessons:
        parser.error("--out keeps the figures of some lessons: name them, as in --lessons 01 02 03 04")
    try:
        rooms = [options.lessons] if options.lessons else [LESSONS, ("10",)]
        good = [hold(options.learners, lessons, options.out) for lessons in rooms]
    except (WorkshopError, ProxyError) as error:
        print(error, file=sys.stderr)
        return 2
    return int(not all(good))


def hold(learners: int, lessons: Sequence[str], out: Path | None) -> bool:
    """Measure a room with these lessons, and print it. Returns whether all finished, and within the memory."""
    started = time.monotonic()
    results = run(learners, lessons)
    seconds = time.monotonic() - started
    print(f"lessons {' '.join(lessons)}: {report(results, seconds)}")
    if out and not all(result.error for result in results):
        keep(figures(results, lessons, seconds), out)
    good = all(not result.error and is_small(result.peak) for result in results)
    most = f"{LARGEST // MEBIBYTE} MiB (PSS) at most, and {LARGEST_DATABASES // MEBIBYTE} more for database servers"
    print("ok" if good else f"NOT OK: everyone must finish, with {most}")
    return good


if __name__ == "__main__":
    sys.exit(main())
