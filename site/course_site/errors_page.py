"""The page of errors: each red line that an engine really said, with the run that raised it and what helps."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course_site.escaping import escape, fenced
from course_site.execution import Lesson
from course_site.failing_runs import RUNS, Run
from course_site.measuring import Measured
from course_site.trials import Outcome
from migration_lab.migrations import Failure


@dataclass
class Case:
    """One run that failed with the same first line, and left the same, on all of these engines.

    What follows that line may tell of processes and places, which differ from one run to the next.
    """

    run: Run
    failure: Failure
    left: tuple[str, ...]
    engines: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)


def write_errors_page(
    path: Path, engines: Sequence[Measured], missing: Sequence[str], lessons: Sequence[Lesson]
) -> None:
    """Put the messages, and which engines they are not from, into the page."""
    shown = {lesson.name: _outputs(lesson) for lesson in lessons}
    titles = {lesson.name: lesson.title for lesson in lessons}
    parts: list[str] = []
    for group, messages in grouped(engines).items():
        parts.append(f"## {group}")
        for heading, cases in messages.items():
            where = [name for name, text in shown.items() if heading in text] or [cases[0].run.lesson]
            parts += [f"### {escape(heading)}", *(part for case in cases for part in _case(case))]
            kind = "Seen in" if heading in shown[where[0]] else "The lesson about it"
            parts.append(f"**{kind}:** " + ", ".join(f"[{titles[name]}](lessons/{name}.ipynb)" for name in where) + ".")
    text = path.read_text(encoding="utf-8")
    text = text.replace("MISSING", "\n\n".join(escape(line) for line in missing))
    path.write_text(text.replace("MESSAGES", "\n\n".join(parts)), encoding="utf-8")


def grouped(engines: Sequence[Measured]) -> dict[str, dict[str, list[Case]]]:
    """The cases by group, then by the first line of the message, in the order of the runs."""
    groups: dict[str, dict[str, list[Case]]] = {}
    told: dict[str, str] = {}  # the group of a message is that of its first run
    for group, runs in RUNS.items():
        for run in runs:
            for case in _cases(run, engines):
                heading = _heading(case.failure)
                home = told.setdefault(heading, group)
                groups.setdefault(home, {}).setdefault(heading, []).append(case)
    return groups


def _cases(run: Run, engines: Sequence[Measured]) -> list[Case]:
    """A run on all engines: those that say the same are one case; those that say nothing are told in the first."""
    cases: dict[tuple[str, tuple[str, ...]], Case] = {}
    passed: list[str] = []
    for engine in engines:
        for outcome in (outcome for each, outcome in engine.runs if each == run):
            if outcome.failure is None:
                passed.append(f"{engine.name} {_passing(outcome)}")
                continue
            left = tuple(outcome.diff.describe())
            case = cases.setdefault((_heading(outcome.failure), left), Case(run, outcome.failure, left))
            case.engines.append(engine.name)
    for case in list(cases.values())[:1]:
        case.passed += passed
    return list(cases.values())


def _heading(failure: Failure) -> str:
    return failure.words.strip().splitlines()[0]


def _passing(outcome: Outcome) -> str:
    if outcome.filled:
        return f"lets it pass, and old rows get {', '.join(outcome.filled)}"
    return "lets it pass"


def _case(case: Case) -> Iterator[str]:
    failure = case.failure
    yield f"{{.said-by}}\n{escape(', '.join(case.engines))}: {escape(failure.type)}"
    yield fenced("python", case.run.code)
    if case.run.before:
        yield "after"
        yield fenced("python", case.run.before)
    if failure.sql:
        yield "sent"
        yield fenced("sql", failure.sql)
    if "\n" in failure.words.strip():
        yield "and it said in full"
        yield fenced("text", failure.words.strip())
    yield f"**In plain words:** {escape(failure.meaning)}"
    if failure.remedy:
        yield f"**What helps:** {escape(failure.remedy)}"
    yield f"**What it left behind:** {escape('; '.join(case.left)) or 'nothing'}."
    if case.passed:
        yield f"**Not everywhere:** {escape('; '.join(case.passed))}."


def _outputs(lesson: Lesson) -> str:
    """All that a run lesson printed or showed, as plain text."""
    found: list[str] = []
    for cell in lesson.notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            found += [str(output.get("text", "")), str(data.get("text/plain", "")), str(data.get("text/html", ""))]
    return html.unescape("\n".join(found))
