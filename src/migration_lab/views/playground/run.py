"""Draw one run of the playground: the migration, what it sent, what it changed, and what it would cost to go back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from migration_lab.migrations import Failure
from migration_lab.playground import Contents, MigrationFile, Outcome, Run, WayBack, short
from migration_lab.snapshot import diff
from migration_lab.views.pictures.code import CODE_STYLE, draw_code
from migration_lab.views.pictures.differences import show, show_diff
from migration_lab.views.pictures.drawing import Drawing, escape
from migration_lab.views.pictures.failures import show_failure
from migration_lab.views.pictures.statements import show_statements

SIGN = {Outcome.WORKS: "✓", Outcome.WRONG: "≠", Outcome.REFUSED: "✗", Outcome.HALF: "½"}
CLASS = {Outcome.WORKS: "works", Outcome.WRONG: "wrong", Outcome.REFUSED: "refused", Outcome.HALF: "half"}

# A colour for each outcome; its sign and its word stand beside it always.
OUTCOME_STYLE = (
    CODE_STYLE
    + """<style>
.mlab .works { --hue: var(--plus); } .mlab .wrong { --hue: var(--tilde); }
.mlab .refused { --hue: var(--minus); } .mlab .half { --hue: #8e5bd0; }
.mlab .verdict { border-left: 6px solid var(--hue); padding: 4px 12px; margin: 4px 0;
  background: color-mix(in srgb, var(--hue) 14%, transparent); }
.mlab .verdict b { font-size: 115%; }
.mlab .files { display: flex; flex-wrap: wrap; gap: 0 12px; }
.mlab .files > div { flex: 1 1 90ch; min-width: 0; }
.mlab pre.copy { user-select: all; -webkit-user-select: all; cursor: copy; }
.mlab .pane h4, .mlab h4 { margin: 10px 0 2px; font-size: inherit; font-weight: 600; }
</style>"""
)


@dataclass(frozen=True, slots=True)
class DrawnRun(Drawing):
    """A run, drawn; the run itself is in ``run``."""

    run: Run


def draw_run(run: Run, *, brief: bool = False, folded: bool = False) -> DrawnRun:
    """Draw a run, the migration ``folded`` away where it stands elsewhere.

    ``brief`` leaves out the tables of rows and the traceback, and keeps every fact in words.
    """
    names = ", ".join(file.name for file in run.files)
    files = (
        f"<details{'' if folded or brief else ' open'}><summary>The migration: {escape(names)}</summary>"
        f"{draw_files(run.files)}</details>"
    )
    parts = [draw_verdict(run), Drawing(files, "\n".join(file.text for file in run.files))]
    if run.failure is not None:
        parts += [_brief_failure(run.failure) if brief else show_failure(run.failure), *_aftermath(run)]
    if run.contents is not None:
        parts.append(_list(f"What {run.scenario.column} holds", _contents_lines(run)))
    parts.append(show_statements(run.statements))
    if brief:
        changes = diff(run.before, run.after)
        parts.append(_list("What changed", changes.describe() or ["Nothing changed."]))
    else:
        before, after = show(run.before, "Before"), show_diff(run.before, run.after, "After")
        body = f'<div class="panes"><div>{before.body}</div><div>{after.body}</div></div>'
        parts.append(Drawing(body, f"{before.text}\n{after.text}"))
    parts += _way_back(run.way_back, run.scenario.column, brief=brief)
    body = OUTCOME_STYLE * (not brief) + "".join(part.body for part in parts)
    text = "\n".join(part.text for part in parts)
    # A lone surrogate, typed as a literal, is no text that could be sent to a page.
    return DrawnRun(body, text.encode("utf-8", "backslashreplace").decode("utf-8"), run)


def fold(drawn: DrawnRun) -> Drawing:
    """A drawn run behind one line."""
    line = f"The last run: {SIGN[drawn.run.outcome]} {drawn.run.outcome.value}"
    return Drawing(f"<details><summary>{line}</summary>{drawn.body}</details>", f"{line}\n{drawn.text}")


def draw_verdict(run: Run) -> Drawing:
    """The outcome in a word, its reason, what was run, and how long it took."""
    outcome = run.outcome
    head = f"{SIGN[outcome]} {outcome.value}"
    what = f"{run.scenario.describe()} · alembic upgrade head took {run.seconds * 1000:,.0f} ms"
    why = f": {escape(run.words)}" if run.words else ""
    body = (
        f'<div class="verdict {CLASS[outcome]}" role="status"><b>{escape(head)}</b>{why}<br>'
        f'<span class="was">{escape(what)}</span></div>'
    )
    return Drawing(body, f"{head}{': ' + run.words if run.words else ''}\n{what}")


def draw_files(files: Iterable[MigrationFile]) -> str:
    """The migration files, each in a box that one click selects whole."""
    boxes = "".join(
        f"<div><h4>migrations/versions/{escape(file.name)}</h4>"
        f"{draw_code(file.text, file.name, style='copy', title='One click selects it all, to copy')}</div>"
        for file in files
    )
    return f'<div class="files">{boxes}</div>'


def _aftermath(run: Run) -> Iterator[Drawing]:
    """What a failed upgrade left, and how the next one fares."""
    version = ", ".join(run.after.versions) or "no revision"
    if run.half is not None:
        title = f"Left behind: the database says it is at {version}, and it differs from a clean {version}"
        yield _list(title, run.half.describe())
    else:
        words = f"Nothing is left behind: the database is at {version}, as if cleanly upgraded to it."
        yield Drawing(f"<p>{escape(words)}</p>", words)
    if run.retry is not None:
        words = f"A second alembic upgrade head, tried on a copy, says: {run.retry.words}"
        yield Drawing(f"<p>{escape(words)}</p>", words)


def _contents_lines(run: Run) -> Iterator[str]:
    for problem in run.problems:
        yield f"≠ {problem}"
    if run.contents is not None:
        yield f"in the rows that were there: {_held(run.contents)}"
    if isinstance(run.new_row, Contents):
        yield f"in a new row without a value, tried on a copy: {_held(run.new_row)}"
    elif run.new_row is not None:
        yield f"a new row without a value, tried on a copy, is refused: {run.new_row.words}"


def _held(contents: Contents) -> str:
    if not contents.rows:
        return "there are none"
    storage = ", ".join(f"{number:,} as {kind}" for kind, number in contents.storage)
    values = ", ".join(f"{number:,} times {value}" for value, number in contents.values[:5]) or "nothing"
    return f"stored {storage}; read by SQLAlchemy {values}"


def _way_back(back: WayBack | None, column: str, *, brief: bool) -> Iterator[Drawing]:
    title = "What alembic downgrade would lose (done on a copy)"
    if back is None:
        yield _list(title, ["There is nothing to go back from: no revision was added."])
        return
    lines = []
    if back.written is not None:
        lines.append(
            f"first, row 1 got {column} = {short(back.written)}, as from an application at work since the upgrade"
        )
    lines += [f"lost: {change.describe()}" for change in back.down.lost]
    if back.values:
        lines.append(f"with it went {back.values:,} {'value' if back.values == 1 else 'values'} of {column}")
    if back.failure is not None:
        lines.append(f"✗ the way back and up again failed: {back.failure.words}")
    elif back.again:
        lines += [f"not back after upgrading again: {line}" for line in back.again.describe()]
    else:
        lines.append("after upgrading again, the database is as it was before")
    yield _list(title, lines)
    if not brief:
        picture = show_diff(back.before, back.after, "After the downgrade")
        yield Drawing(f"<details><summary>The copy after the downgrade</summary>{picture.body}</details>", "")


def _list(title: str, lines: Iterable[str]) -> Drawing:
    shown = list(lines)
    items = "".join(f"<li>{escape(line)}</li>" for line in shown)
    return Drawing(
        f'<h4>{escape(title)}</h4><ul class="parts">{items}</ul>', "\n".join([title, *(f"  {line}" for line in shown)])
    )


def _brief_failure(failure: Failure) -> Drawing:
    words = f"In plain words: {failure.meaning} {failure.remedy}".strip()
    return Drawing(f"<p>{escape(words)}</p>", words)
