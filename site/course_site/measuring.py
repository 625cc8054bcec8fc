"""Run what the pages of engines, errors and the zoo tell, on each engine that is there, in a process of its own each.

So that its server ends with the process, and two engines at a time are run where there are two cores.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from course_site.engine_steps import HANDMADE, STEPS, Rebuild
from course_site.failing_runs import RUNS, Run
from course_site.trials import DATABASE, Outcome, Trials
from course_site.zoo import Hazard, hazards, in_a_hurry
from migration_lab.engines import MARK, SCRATCH_VARIABLE, Engine, all_engines, find_engine
from migration_lab.rehearsal import Finding, Rehearsals, rehearse

AT_ONCE = 2
_LONGEST_FIRST = ("mariadb", "postgresql", "postgresql-16", "sqlite", "sqlite-modern")
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What one engine did: to the steps, to the tables made by hand (SQLite alone), and to each run for its dialect.

    And what a rehearsal found in each hazard of the zoo that is shown on this engine, by its name.
    """

    key: str
    name: str
    dialect: str
    steps: tuple[Outcome, ...]
    losses: tuple[Outcome, ...]
    runs: tuple[tuple[Run, Outcome], ...]
    zoo: tuple[tuple[str, tuple[Finding, ...]], ...]


def course_engines() -> list[Engine]:
    """Those that the course itself brings or starts, missing or not: never somebody's own server."""
    return [engine for engine in all_engines() if engine.key != "url"]


def measure_all(zoo: Path | None) -> list[Measured]:
    """What each engine did that is there, in the engines' order; without a ``zoo`` nothing is rehearsed.

    The servers have ended when it returns.
    """
    there = [engine.key for engine in course_engines() if not engine.missing]
    # A server's socket needs a short path, which a build's own folder may not have.
    with tempfile.TemporaryDirectory(prefix="site-", ignore_cleanup_errors=True) as name:
        processes = ProcessPoolExecutor(
            AT_ONCE,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_work_in,
            initargs=(name,),
            max_tasks_per_child=1,
        )
        with processes:
            order = sorted(there, key=_LONGEST_FIRST.index)
            measured = dict(zip(order, processes.map(partial(measure, zoo=zoo), order), strict=True))
        _wait_for_servers(Path(name))
    return [measured[key] for key in there]


def measure(key: str, zoo: Path | None) -> Measured:
    """Run everything on one engine, in the scratch folder of this process."""
    engine = find_engine(key)
    # Nobody comes back to the server of a build: it needn't wait for others before it ends.
    at_once: dict[str, Any] = {field.name: 1.0 for field in fields(engine) if field.name == "grace"}
    engine = replace(engine, **at_once)
    trials = Trials(engine, Path(os.environ[SCRATCH_VARIABLE]) / key)
    rebuilds = HANDMADE.values() if engine.dialect == "sqlite" else ()
    return Measured(
        key,
        engine.name,
        engine.dialect,
        tuple(trials.run(step) for step in STEPS),
        tuple(trials.run(Rebuild(statements)) for statements in rebuilds),
        tuple((run, trials.run(run)) for runs in RUNS.values() for run in runs if engine.dialect in run.on),
        tuple(_visit(engine, zoo)) if zoo else (),
    )


def shown_on(hazard: Hazard) -> list[str]:
    """The keys of the engines that a hazard is shown on: of those that find the same, the first that is there."""
    shown: dict[frozenset[tuple[str, str, str]], str] = {}
    for key in hazard.engines:
        engine = find_engine(key)
        if not engine.missing:
            shown.setdefault(frozenset(hazard.findings(engine)), key)
    return list(shown.values())


def _visit(engine: Engine, zoo: Path) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """Rehearse the zoo's hazards on one engine."""
    scratch = Path(os.environ[SCRATCH_VARIABLE])
    in_a_hurry(engine)
    with contextlib.chdir(scratch), Rehearsals() as rehearsals:
        for hazard in hazards(zoo):
            if engine.key in shown_on(hazard):
                folder = scratch / f"{engine.key}_{hazard.name}"
                ini = hazard.build("migration", engine, folder)
                report = rehearse(ini, to=hazard.goal, rehearsals=rehearsals)
                engine.drop(engine.url(folder))
                loud = (*report.errors, *report.warnings)
                yield hazard.name, tuple(replace(one, meaning=_named(one.meaning, scratch)) for one in loud)


def _named(words: str, scratch: Path) -> str:
    """Words without the folder of this build, and with a name for the copy that people can read."""
    return re.sub(rf"{MARK}rehearsal_\w+?_copy\b", DATABASE, words.replace(f"{scratch}{os.sep}", ""))


def _work_in(folder: str) -> None:
    os.environ[SCRATCH_VARIABLE] = folder


def _wait_for_servers(scratch: Path) -> None:
    """A server ends a moment after the last process that used it: its folder can't go before."""
    deadline = time.monotonic() + _PATIENCE
    while any(scratch.glob(".servers/*/data/*.pid")) and time.monotonic() < deadline:
        time.sleep(0.1)
