"""Draw a whole database: a pane of rows and one of schema for each table, and one of the Alembic history."""

from __future__ import annotations

from migration_lab.migrations import History
from migration_lab.snapshot import Diff, Snapshot, Table
from migration_lab.views.pictures.drawing import Drawing, brief, clip
from migration_lab.views.pictures.tables import count_words, draw_rows, draw_schema, mark, value_text

MOST_TABLES = 12
ALEMBIC_TABLE = "alembic_version"


def draw_database(
    snapshot: Snapshot | None,
    history: History | None = None,
    changes: Diff | None = None,
    *,
    title: str = "",
    problem: str = "",
) -> Drawing:
    """Draw the state of a database. ``changes`` lead to it; ``problem`` is a line on why it can't be seen."""
    parts = [f'<p class="title">{brief(title)}</p>'] if title else []
    lines = [title] if title else []
    if problem:
        parts.append(f'<p class="trouble" role="status">⚠ {brief(problem)}</p>')
        lines.append(f"⚠ {clip(problem)}")
    if snapshot is not None:
        tables = [table for table in snapshot.tables.values() if table.name != ALEMBIC_TABLE]
        for table in tables[:MOST_TABLES]:
            parts.append(_panes(table, changes))
            lines += _table_lines(table)
        if len(tables) > MOST_TABLES:
            rest = ", ".join(table.name for table in tables[MOST_TABLES : MOST_TABLES + 20])
            parts.append(f'<p class="note">{len(tables) - MOST_TABLES} more tables: {brief(rest)} …</p>')
        parts += _gone_and_views(snapshot, changes)
        if not tables:
            parts.append('<p class="note">No tables yet.</p>')
    if history is not None:
        parts.append(draw_history(history, snapshot.versions if snapshot else ()))
        lines.append(history_text(history, snapshot.versions if snapshot else ()))
    if changes:
        lines += ["What changed:", *(f"  {clip(line)}" for line in changes.describe())]
    return Drawing("".join(parts), "\n".join(lines))


def _panes(table: Table, changes: Diff | None) -> str:
    action = ""
    if changes is not None:
        mine = (change for change in changes.changes if change.kind == "table" and change.table == table.name)
        action = next((change.action for change in mine), "")
    head = (
        f'<p class="title"><span class="{action}">table {brief(table.name)}{mark(action)}</span></p>' if action else ""
    )
    return (
        f'{head}<div class="panes"><div class="pane">{draw_rows(table, changes)}</div>'
        f'<div class="pane">{draw_schema(table, changes)}</div></div>'
    )


def _gone_and_views(snapshot: Snapshot, changes: Diff | None) -> list[str]:
    parts = []
    if snapshot.views:
        parts.append(f'<p class="note">Views: {brief(", ".join(snapshot.views))}</p>')
    for change in changes.changes if changes else ():
        if change.kind in {"table", "view"} and change.action == "vanished":
            words = f"{change.kind} {change.table or change.name}"
            parts.append(
                f'<p><span class="vanished"><span class="gone">{brief(words)}</span>{mark("vanished")}</span></p>'
            )
    return parts


def draw_history(history: History, versions: tuple[str, ...]) -> str:
    """The revisions in order, as a list; the database's own place among them in words and bold."""
    applied = history.applied(versions)
    items = []
    for revision in history.revisions:
        here = revision.revision in versions
        state = "the database is here" if here else "applied" if revision.revision in applied else "not applied yet"
        name = f"<b>{brief(revision.revision)}</b>" if here else brief(revision.revision)
        head = ", newest" if revision.revision in history.heads else ""
        sign = "●" if revision.revision in applied else "○"
        items.append(f'<li>{sign} {name} {brief(revision.message)} <span class="was">({state}{head})</span></li>')
    items += [f"<li>⚠ {brief(problem)}</li>" for problem in history.problems]
    known = {revision.revision for revision in history.revisions}
    items += [f"<li>⚠ the database is at {brief(one)}, which no file has</li>" for one in versions if one not in known]
    body = f'<ol class="revisions" style="list-style: none; padding-left: 4px">{"".join(items)}</ol>'
    where = ", ".join(versions) or "nothing applied"
    return f'<div class="pane"><p class="title">Alembic history: {brief(where)}</p>{body if items else ""}</div>'


def history_text(history: History, versions: tuple[str, ...]) -> str:
    """The same for a terminal."""
    revisions = [
        f"{'>' if one.revision in versions else ' '} {clip(one.revision)} {clip(one.message)}"
        for one in history.revisions
    ]
    return "\n".join([f"Alembic: {clip(', '.join(versions)) or 'nothing applied'}", *revisions])


def _table_lines(table: Table) -> list[str]:
    names = table.page.columns
    lines = [f"{clip(table.name)}: {count_words(table)}", "  " + " | ".join(map(clip, names))]
    return lines + ["  " + " | ".join(value_text(cell) for cell in row.cells) for row in table.page.rows]
