"""What the learner has done, kept in ``scratch_db/progress.json``. It stays on this machine.

The file outlives restarts and resets. Two kernels may write at once: a lock makes them take turns.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from migration_lab.lessons import scratch_root

STATES = ("done", "tried", "not yet")
_LOCK_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One exercise: ``state`` is ``done``, ``tried`` or ``not yet``; ``done_at`` is when it was first right."""

    state: str = "not yet"
    checks: int = 0
    hints: int = 0
    solution_seen: bool = False
    done_at: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """The entries by exercise number. ``problem`` is a line on a file that could not be read, or ``""``."""

    entries: dict[str, Entry] = field(default_factory=dict)
    problem: str = ""

    def entry(self, number: str) -> Entry:
        """The entry of one exercise, a blank one where there is none."""
        return self.entries.get(number, Entry())


def progress_file() -> Path:
    """The path of the file, which needn't exist."""
    return scratch_root() / "progress.json"


def read_progress() -> Progress:
    """What is done. A file that can't be read is put aside, and ``problem`` says so."""
    if not progress_file().exists():
        return Progress()
    try:
        with _lock():
            return _read()
    except (OSError, Timeout) as error:
        return Progress(problem=f"{progress_file().name} can't be read now: {error}")


def record_check(number: str, outcome: str) -> str:
    """Note a check that ended in ``outcome`` (right, not yet, error, not tried yet). What is done stays done.

    Returns a line where the file made trouble, else ``""``; it never raises for that.
    """

    def change(entry: Entry) -> Entry:
        if outcome == "not tried yet":
            return entry
        entry = replace(entry, checks=entry.checks + 1)
        if outcome == "right":
            done_at = entry.done_at or time.strftime("%Y-%m-%dT%H:%M:%S")
            return replace(entry, state="done", done_at=done_at)
        return entry if entry.state == "done" else replace(entry, state="tried")

    return _record(number, change)


def record_hint(number: str, taken: int) -> str:
    """Note that ``taken`` hints were seen. Returns a line of trouble or ``""``."""
    return _record(number, lambda entry: replace(entry, hints=max(entry.hints, taken)))


def record_solution(number: str) -> str:
    """Note that the solution was looked at before the exercise was done. Returns a line of trouble or ``""``."""
    return _record(number, lambda entry: entry if entry.state == "done" else replace(entry, solution_seen=True))


def as_json() -> str:
    """One line of JSON for a workshop: how many are done and tried of how many, and each exercise's entry."""
    from migration_lab.exercises import numbers

    progress = read_progress()
    entries = {number: asdict(progress.entry(number)) for number in numbers()}
    states = [entry["state"] for entry in entries.values()]
    counts = {"done": states.count("done"), "tried": states.count("tried"), "of": len(states)}
    return json.dumps({**counts, "exercises": entries, "problem": progress.problem}, ensure_ascii=False)


def _record(number: str, change: Callable[[Entry], Entry]) -> str:
    try:
        with _lock():
            progress = _read()
            entry = change(progress.entry(number))
            if entry != progress.entry(number):
                _write({**progress.entries, number: entry})
    except (OSError, Timeout) as error:
        return f"Your progress could not be saved: {error}"
    return progress.problem


def _lock() -> FileLock:
    locks = scratch_root() / ".locks"
    locks.mkdir(exist_ok=True)
    return FileLock(locks / "progress.lock", timeout=_LOCK_SECONDS)


def _read() -> Progress:
    path = progress_file()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Progress({str(number): _entry(about) for number, about in found["exercises"].items()})
    except FileNotFoundError:
        return Progress()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        aside = path.with_name(f"progress_damaged_{time.strftime('%Y%m%d_%H%M%S')}.json")
        path.replace(aside)
        return Progress(problem=f"progress.json was damaged ({error}): it is kept as {aside.name}, and a new one begun")


def _entry(about: dict[str, Any]) -> Entry:
    """One entry out of the file. Raises ValueError or TypeError for one that this program didn't write."""
    if about["state"] not in STATES:
        raise ValueError(f"there is no state {about['state']!r}")
    entry = Entry(**about)
    return replace(entry, checks=int(entry.checks), hints=int(entry.hints))


def _write(entries: dict[str, Entry]) -> None:
    path = progress_file()
    new = path.with_name(f".progress-{os.getpid()}.new")
    text = json.dumps({"exercises": {number: asdict(entry) for number, entry in sorted(entries.items())}}, indent=1)
    new.write_text(text + "\n", encoding="utf-8")
    new.replace(path)
