"""Show the statements that a migration sent."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence

from migration_lab.migrations import Statement
from migration_lab.views.pictures.drawing import Drawing, box, clip, escape

MOST_STATEMENTS = 200
_SHORT = reprlib.Repr()  # of the parameters of many rows, the first
_SHORT.maxlist, _SHORT.maxtuple, _SHORT.maxdict, _SHORT.maxstring, _SHORT.maxother = 3, 50, 50, 200, 200


def show_statements(statements: Sequence[Statement], *, reads: bool = False) -> Drawing:
    """Draw recorded statements as a table: the SQL, rows changed, milliseconds. Reading ones only with ``reads``."""
    shown = [statement for statement in statements if reads or statement.kind != "read"]
    hidden, more = len(statements) - len(shown), max(0, len(shown) - MOST_STATEMENTS)
    rows, lines = [], []
    for number, statement in enumerate(shown[:MOST_STATEMENTS], 1):
        time = f"{statement.seconds * 1000:,.1f}" if statement.seconds is not None else ""
        changed = "" if statement.rows is None else f"{statement.rows:,}"
        words = statement.sql.strip()
        if statement.parameters:
            words += f"  -- {clip(_SHORT.repr(statement.parameters))}"
        problem = f'<br><span class="mark">✗ {escape(statement.error)}</span>' if statement.error else ""
        sql = f"<b>{escape(words)}</b>" if statement.kind == "transaction" else escape(words)
        rows.append(
            f'<tr class="{"changed" if problem else ""}"><th scope="row">{number}</th>'
            f'<td class="sql">{sql}{problem}</td><td class="number">{changed}</td><td class="number">{time}</td></tr>'
        )
        lines.append(f"{number:3}  {' '.join(words.split())}" + (f"  ✗ {statement.error}" if statement.error else ""))
    words = "statement that only reads is" if hidden == 1 else "statements that only read are"
    notes = [f"{hidden:,} {words} not shown"] if hidden else []
    notes += [f"{more:,} more statement{'s' if more > 1 else ''}"] if more else []
    lines += [f"     {note}" for note in notes]
    note = "".join(f'<p class="note">{words}</p>' for words in notes)
    table = (
        '<table class="grid"><caption>Statements sent</caption><thead><tr><th scope="col">#</th>'
        '<th scope="col">statement</th><th scope="col">rows changed</th><th scope="col">ms</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    return Drawing(box("Statements sent", table) + note, "\n".join(lines))
