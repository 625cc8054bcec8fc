"""Show what is done: a table for each lesson, with words and signs for the state of each exercise."""

from __future__ import annotations

from itertools import groupby

from migration_lab.exercises import find, numbers
from migration_lab.lessons import course_folder
from migration_lab.views.pictures.drawing import Drawing, box, escape
from migration_lab.work import Entry, Progress, read_progress

_SIGNS = {"done": "✓ done", "tried": "… tried", "not yet": "○ not yet"}
_STYLES = {"done": "appeared", "tried": "changed", "not yet": ""}


def show_progress(lesson: str | None = None) -> Drawing:
    """Draw the progress: of one lesson (``"03"``), or of all of them with a line for the whole."""
    progress = read_progress()
    wanted = [number for number in numbers() if lesson is None or number.startswith(f"{lesson}.")]
    done = sum(progress.entry(number).state == "done" for number in wanted)
    head = f"{done} of {len(wanted)} exercises done"
    parts, lines = [f'<p class="title">{head}</p>'], [head]
    if progress.problem:
        parts.append(f'<p class="trouble" role="status">⚠ {escape(progress.problem)}</p>')
        lines.append(f"⚠ {progress.problem}")
    tables = []
    for name, group in groupby(wanted, key=lambda number: number.partition(".")[0]):
        table, table_lines = _lesson(name, list(group), progress)
        tables.append(box(table_lines[0], table))
        lines += table_lines
    parts.append(f'<div class="panes">{"".join(tables)}</div>')
    return Drawing("".join(parts), "\n".join(lines))


def _lesson(name: str, group: list[str], progress: Progress) -> tuple[str, list[str]]:
    caption = _title(name)
    rows, lines = [], [caption]
    for number in group:
        entry, title = progress.entry(number), find(number).title
        rows.append(
            f'<tr class="{_STYLES[entry.state]}"><th scope="row">{number}</th><td class="words">{escape(title)}</td>'
            f'<td class="words">{_SIGNS[entry.state]}</td><td class="words">{escape(_story(entry))}</td></tr>'
        )
        lines.append(f"  {number} {_SIGNS[entry.state]:9}  {title}")
    table = (
        f'<table class="grid"><caption>{escape(caption)}</caption><thead><tr><th scope="col">exercise</th>'
        '<th scope="col">task</th><th scope="col">state</th><th scope="col">how</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    return table, lines


def _story(entry: Entry) -> str:
    counted = [(entry.checks, "check"), (entry.hints, "hint")]
    words = [f"{count} {what}{'s' if count > 1 else ''}" for count, what in counted if count]
    return ", ".join([*words, *(["solution seen"] if entry.solution_seen else [])])


def _title(lesson: str) -> str:
    """As in ``Lesson 03: server default``, after the notebook's name."""
    for path in (course_folder() / "notebooks").glob(f"{lesson}_*.ipynb"):
        return f"Lesson {lesson}: {path.stem[3:].replace('_', ' ')}"
    return f"Lesson {lesson}"
