"""The engine tables: each step is run on each database that is there, and what it says is the table's cell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from course_site.engine_steps import HANDMADE, STEPS
from course_site.escaping import escape
from course_site.measuring import Measured
from course_site.trials import Outcome


def write_engine_page(path: Path, engines: Sequence[Measured], missing: Sequence[str]) -> None:
    """Put the tables, and who isn't in them, into the page."""
    text = path.read_text(encoding="utf-8")
    text = text.replace("MISSING", "\n\n".join(escape(line) for line in missing))
    text = text.replace("STEP_TABLE", "\n".join(step_table(engines)))
    text = text.replace("LOSS_TABLE", "\n".join(loss_table(engines)))
    path.write_text(text, encoding="utf-8")


def step_table(engines: Sequence[Measured]) -> list[str]:
    """A line a step, a column an engine."""
    lines = _head("step", engines)
    for number, step in enumerate(STEPS):
        answers = [escape(answer(engine.steps[number])) for engine in engines]
        lines.append(f"| `{step.code}`{f' {step.where}' if step.where else ''} | {' | '.join(answers)} |")
    return lines


def answer(outcome: Outcome) -> str:
    """What an engine says to a step, in its own words where it refuses."""
    if outcome.failure is not None:
        words = outcome.failure.words.strip().splitlines()[0].partition(". ")[0]
        left = outcome.diff.describe()
        return f"✗ refused: {words}" + (f" (left behind: {'; '.join(left)})" if left else "")
    filled = f"; old rows get {', '.join(outcome.filled)}" if outcome.filled else ""
    return f"✓ works{'; the table is rebuilt' if outcome.rebuilt else ''}{filled}"


def loss_table(engines: Sequence[Measured]) -> list[str]:
    """What a rebuild loses without an error: a line for each thing that a table may have."""
    chosen = [engine for engine in engines if engine.losses]
    lines = _head("the table has", chosen)
    for number, thing in enumerate(HANDMADE):
        answers = [escape(loss(engine.losses[number])) for engine in chosen]
        lines.append(f"| {thing} | {' | '.join(answers)} |")
    return lines


def loss(outcome: Outcome) -> str:
    """What is lost of a table made by hand when batch mode makes one of its columns NOT NULL."""
    lost = outcome.diff.lost
    if not lost:
        return "✓ kept"
    heard = "with a warning" if outcome.warned else "in silence"
    return f"✗ lost {heard}: {'; '.join(change.describe().removesuffix(' vanished') for change in lost)}"


def _head(first: str, engines: Sequence[Measured]) -> list[str]:
    return [
        "{.engines}",
        f"| {first} | {' | '.join(engine.name for engine in engines)} |",
        "|---" * (len(engines) + 1) + "|",
    ]
