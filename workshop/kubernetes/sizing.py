"""How many machines a room needs on Kubernetes, computed from what the load test measured.

    python workshop/kubernetes/sizing.py

prints the table that README.md beside this file holds; a test compares the two, and values.yaml with both.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).resolve().parent.parent / "figures.json"
MEBIBYTE = 1 << 20
ROOMS = (30, 100, 300)
# A room signs in at the same moment: this is how long the last one waits when all cores do nothing else.
SECONDS_TO_START = 60
# A common machine; Kubernetes and the hub's own pods take their part of it, and it holds 110 pods by default.
CORES, MEMORY, OVERHEAD_CORES, OVERHEAD_MEMORY, PODS = 4, 16 * 1024, 0.5, 2048, 100


@dataclass(frozen=True, slots=True)
class Share:
    """What to guarantee one learner: MiB of memory, and of a core."""

    memory: int
    cores: float


def share(figures: dict[str, Any]) -> Share:
    """The highest figures measured, rounded up.

    Of the memory figures this takes the one without sharing (RSS): two pods don't reliably share a library's pages.
    """
    memory = max(each["peak"]["resident"] for each in figures["each"]) / MEBIBYTE
    seconds = max(each["server"]["seconds"] for each in figures["each"])
    return Share(math.ceil(memory / 32) * 32, math.ceil(seconds / SECONDS_TO_START * 100) / 100)


def average_cores(figures: dict[str, Any], minutes: int) -> float:
    """What one learner uses of a core over lessons that take so many minutes."""
    return float(max(each["peak"]["seconds"] for each in figures["each"])) / (minutes * 60)


def machines(learners: int, each: Share) -> int:
    """The number of machines for so many learners."""
    return math.ceil(learners / learners_on_a_machine(each))


def learners_on_a_machine(each: Share) -> int:
    """How many guarantees fit on one machine: by memory, by cores, and by pods."""
    by_memory = (MEMORY - OVERHEAD_MEMORY) / each.memory
    by_cores = (CORES - OVERHEAD_CORES) / each.cores
    return math.floor(min(by_memory, by_cores, PODS))


def table(figures: dict[str, Any]) -> str:
    """The table in Markdown."""
    each = share(figures)
    lines = [
        f"| learners | memory, GiB | cores | machines of {CORES} cores and {MEMORY // 1024} GiB |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {count} | {count * each.memory / 1024:.1f} | {count * each.cores:.1f} | {machines(count, each)} |"
        for count in ROOMS
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(json.loads(FIGURES.read_text(encoding="utf-8"))))
