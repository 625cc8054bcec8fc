"""What learners' processes use of this machine, read from /proc: memory and processor time, by account."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
# What a process on behalf of a database server has for its name or on its command line: the servers that a lesson
# starts, their own helpers, and the keeper beside each.
SERVER_NAMES, KEEPER = ("postgres", "mariadbd"), b"engines/keeper.py"


@dataclass(frozen=True, slots=True)
class Use:
    """Of one account at one moment. ``pss`` is the proportional set size in bytes: what its processes have to
    themselves, and of each page that several processes share, their part; ``databases`` is what the database servers of
    a lesson have of it. ``seconds`` is processor time so far.
    """

    processes: int = 0
    pss: int = 0
    own: int = 0
    resident: int = 0
    seconds: float = 0
    databases: int = 0


def highest(one: Use, other: Use) -> Use:
    """The higher of each figure."""
    return Use(
        max(one.processes, other.processes),
        max(one.pss, other.pss),
        max(one.own, other.own),
        max(one.resident, other.resident),
        max(one.seconds, other.seconds),
        max(one.databases, other.databases),
    )


def measure(accounts: dict[int, str]) -> dict[str, Use]:
    """What the accounts (by user number) use now."""
    found: dict[str, Use] = defaultdict(Use)
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            name = accounts.get(folder.stat().st_uid)
            if name is not None:
                found[name] = plus(found[name], folder)
        except OSError:  # the process ended while we looked
            continue
    return dict(found)


def plus(use: Use, process: Path) -> Use:
    """``use`` with what one process uses added."""
    sizes: dict[str, int] = defaultdict(int)
    for line in (process / "smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        sizes[name] = int(rest.split()[0]) * 1024
    # The command's name comes in parentheses, and may have spaces and parentheses in it.
    before, _, after = (process / "stat").read_text().rpartition(")")
    fields = after.split()
    is_database = before.partition("(")[2] in SERVER_NAMES or KEEPER in (process / "cmdline").read_bytes()
    return Use(
        use.processes + 1,
        use.pss + sizes["Pss"],
        use.own + sizes["Private_Clean"] + sizes["Private_Dirty"],
        use.resident + sizes["Rss"],
        # Its own time, and that of its children that have ended: a lesson's kernel is gone when the next one starts.
        use.seconds + sum(int(ticks) for ticks in fields[11:15]) / TICKS,
        use.databases + (sizes["Pss"] if is_database else 0),
    )
