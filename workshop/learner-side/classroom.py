"""In a learner's kernel: show the instructor how far one is, only when asked to. In the instructor's: the room."""

from __future__ import annotations

import json
import os
import shutil
import stat
import time
from pathlib import Path
from typing import Any

SHARED = "MIGRATION_LAB_SHARED"
LEARNER = "MIGRATION_LAB_LEARNER"
LARGEST = 100_000


def share_progress() -> str:
    """Let the instructor see your progress in the exercises, from now on. Returns what they see, in words."""
    from migration_lab.work.progress import progress_file, read_progress

    progress = read_progress()
    target = shared_file()
    if progress_file().exists():
        copy_progress(progress_file(), target)
    else:
        target.write_text('{"exercises": {}}\n', encoding="utf-8")
    done = [number for number, entry in progress.entries.items() if entry.state == "done"]
    tried = [number for number, entry in progress.entries.items() if entry.state == "tried"]
    return (
        f"The instructor sees for {os.environ[LEARNER]}: done {', '.join(done) or 'none'}; "
        f"tried {', '.join(tried) or 'none'}; and how many checks and hints each took. "
        "It follows what you do; stop_sharing() ends it."
    )


def stop_sharing() -> str:
    """Take back what :func:`share_progress` showed."""
    shared_file().unlink(missing_ok=True)
    return "The instructor sees nothing of yours any more."


def shared_file() -> Path:
    """Where this learner's shared progress is. Raises LookupError outside a workshop."""
    if SHARED not in os.environ:
        raise LookupError("this isn't a workshop's server: there is no instructor to share with")
    return Path(os.environ[SHARED], os.environ[LEARNER], "progress.json")


def copy_progress(source: Path, target: Path) -> None:
    """Copy in one step, so that the instructor never reads half a file."""
    new = target.with_name(".new")
    shutil.copyfile(source, new)
    # The folder's group is the instructor's, and no one else can enter it.
    new.chmod(0o640)
    new.replace(target)


def room() -> Any:
    """Who is where: a table with a row for each learner who shares, a column for each exercise."""
    import pandas as pd

    from migration_lab.exercises import numbers

    marks = {"done": "✔ done", "tried": "… tried", "not yet": ""}
    rows = {}
    for path in sorted(Path(os.environ[SHARED]).glob("*/progress.json")):
        entries = read_shared(path)
        if entries is None:
            rows[path.parent.name] = {"problem": "unreadable"}
            continue
        states = {number: str(entries.get(number, {}).get("state", "not yet")) for number in numbers()}
        rows[path.parent.name] = {
            "done": f"{list(states.values()).count('done')} of {len(states)}",
            **{number: mark(entries.get(number, {}), marks.get(state, "?")) for number, state in states.items()},
            "last change": time.strftime("%H:%M", time.localtime(path.stat().st_mtime)),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").fillna("")
    table.index.name = "learner"
    return table


def mark(entry: dict[str, Any], text: str) -> str:
    """A cell of the table: the state, and the number of checks where someone needed more than a few."""
    checks = entry.get("checks", 0)
    return f"{text} ({checks} checks)" if isinstance(checks, int) and checks > 3 else text


def read_shared(path: Path) -> dict[str, dict[str, Any]] | None:
    """The entries of one learner's file, None where it isn't one. Learners write these files: nothing is trusted."""
    try:
        # Neither a link to a file of the instructor's own, nor a pipe that never ends.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            entries = json.loads(file.read(LARGEST))["exercises"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        return None
    return entries


def watch_room(seconds: int = 5) -> None:
    """Show :func:`room` and keep it fresh, until the kernel is interrupted."""
    from IPython.display import display

    shown = display(room(), display_id=True)
    try:
        while True:
            time.sleep(seconds)
            shown.update(room())
    except KeyboardInterrupt:
        print("Stopped.")
