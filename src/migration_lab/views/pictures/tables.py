"""Draw the rows and the schema of one table, with what changed marked by words as well as colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migration_lab.snapshot import Cell, Change, Column, Diff, Row, RowChange, Table, table_facts
from migration_lab.views.pictures.drawing import box, brief, whole

_ELSEWHERE = {"column", "row count", "comment", "table"}  # what isn't in the list under the schema
_NOTHING = Cell("text", "")  # where a row that is gone had no such column
_NO_DEFAULT = '<span class="null">none</span>'
MOST_COLUMNS = 300
_SCHEMA = (("type", ""), ("NULL?", "words"), ("server default", ""), ("more", ""))  # column heads, and their looks
_SIGN = {"appeared": "+ new", "changed": "~ changed", "vanished": "− gone"}


def mark(action: str) -> str:
    """The sign and word for ``appeared``, ``changed`` or ``vanished``; nothing for ``""``."""
    return f' <span class="mark">{_SIGN[action]}</span>' if action else ""


def value(cell: Cell) -> str:
    """One value as SQL would write it: NULL, 1, 'text', x'00ff'; cut where it is long, with its length."""
    if cell is _NOTHING:
        return ""
    if cell.kind == "null":
        return '<span class="null">NULL</span>'
    if cell.kind == "text":
        cut = len(cell.text) < cell.length
        shown = f"'{cell.text}'" if not cut else f"'{cell.text}…"
        return whole(shown) + (f' <span class="was">({cell.length:,} characters)</span>' if cut else "")
    if cell.kind == "blob":
        return f'{whole(f"x{chr(39)}{cell.text}{chr(39)}")} <span class="was">({cell.length:,} bytes)</span>'
    return whole(cell.text)


def value_text(cell: Cell) -> str:
    """The same for a terminal."""
    if cell.kind == "null":
        return "NULL"
    if cell.kind == "text":
        return f"'{cell.text}'" if len(cell.text) >= cell.length else f"'{cell.text}… ({cell.length:,} characters)"
    return f"x'{cell.text}'" if cell.kind == "blob" else cell.text


def count_words(table: Table) -> str:
    """As in ``2 rows``, or ``the first 20 of more than 1,000 rows``."""
    count, shown = table.row_count, len(table.page.rows)
    total = f"more than {count:,}" if table.more_rows else f"{count:,}"
    if shown < count or table.more_rows:
        return f"the first {shown} of {total} rows"
    return "no rows" if not count else "1 row" if count == 1 else f"{total} rows"


def draw_rows(table: Table, changes: Diff | None = None) -> str:
    """The table's page of rows as an HTML table with a caption, in a box of its own."""
    if not table.page.columns:
        return f'<p class="note"><b>{brief(table.name)}</b>: this table can’t be read</p>'
    row_changes = _row_changes(table, changes)
    new_columns = {
        change.name
        for change in (changes.for_table(table.name).changes if changes else ())
        if change.kind == "column" and change.action == "appeared"
    }
    more = f" · {table.page.hidden_columns:,} more columns not shown" if table.page.hidden_columns else ""
    heads = "".join(
        f'<th scope="col" class="{"appeared" if name in new_columns else ""}">{whole(name)}'
        f"{mark('appeared' if name in new_columns else '')}</th>"
        for name in table.page.columns
    )
    body = [_row(table.page.columns, row, row_changes.get(row.key)) for row in table.page.rows]
    body += [_row(table.page.columns, row, change) for row, change in _vanished(table, row_changes.values(), changes)]
    return box(
        f"Rows of {table.name}",
        f'<table class="grid"><caption>{brief(table.name)}: {count_words(table)}{more}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table>",
    )


def _row_changes(table: Table, changes: Diff | None) -> dict[tuple[str, ...], RowChange]:
    if changes is None:
        return {}
    return {change.key: change for change in changes.row_changes if change.table == table.name}


def _vanished(table: Table, row_changes: Iterable[RowChange], changes: Diff | None) -> Iterator[tuple[Row, RowChange]]:
    """The rows that are gone, with their cells under the columns that there are now."""
    before = changes.before.tables.get(table.name) if changes else None
    for change in row_changes:
        if change.action == "vanished" and change.before is not None and before is not None:
            cells = dict(zip(before.page.columns, change.before.cells, strict=False))
            yield Row(change.key, tuple(cells.get(name, _NOTHING) for name in table.page.columns)), change


def _row(columns: tuple[str, ...], row: Row, change: RowChange | None) -> str:
    action = change.action if change else ""
    cells = []
    for position, (name, cell) in enumerate(zip(columns, row.cells, strict=False)):
        changed = change is not None and action == "changed" and name in change.columns
        was = _was(value(_before(change, name))) if change and changed else ""
        sign = (
            mark(action) if position == 0 and action in {"appeared", "vanished"} else mark("changed") if changed else ""
        )
        cells.append(f'<td class="{"changed" if changed else ""}">{value(cell)}{was}{sign}</td>')
    return f'<tr class="{action if action != "changed" else ""}">{"".join(cells)}</tr>'


def _before(change: RowChange, column: str) -> Cell:
    return change.cells[change.columns.index(column)][0]


def draw_schema(table: Table, changes: Diff | None = None) -> str:
    """The table's columns as an HTML table in a box, then its constraints, indexes, triggers and options as a list."""
    mine = changes.for_table(table.name).changes if changes else ()
    by_column = {change.name: change for change in mine if change.kind == "column"}
    columns = []
    for column in table.columns[:MOST_COLUMNS]:
        change = by_column.get(column.name)
        now = _column_words(column)
        before = _column_words(change.before) if change and isinstance(change.before, Column) else now
        words = [word + (_was(was) if was != word else "") for word, was in zip(now, before, strict=True)]
        columns.append((column.name, change.action if change else "", words))
    gone = [change.name for change in by_column.values() if change.action == "vanished"]
    columns += [(name, "vanished", [""] * len(_SCHEMA)) for name in gone]
    # Most tables have nothing to say in the last place, which costs a narrow pane the width of a column.
    places = [place for place, (name, _) in enumerate(_SCHEMA) if name != "more" or any(c[2][place] for c in columns)]
    heads = "".join(f'<th scope="col">{_SCHEMA[place][0]}</th>' for place in places)
    rows = "".join(
        f'<tr class="{action}"><th scope="row">{whole(name)}{mark(action)}</th>'
        + "".join(f'<td class="{_SCHEMA[place][1]}">{words[place]}</td>' for place in places)
        + "</tr>"
        for name, action, words in columns
    )
    hidden = len(table.columns) - MOST_COLUMNS
    more = f" · {hidden:,} more columns not shown" if hidden > 0 else ""
    grid = (
        f'<table class="grid"><caption>Schema of {brief(table.name)}{more}</caption><thead><tr>'
        f'<th scope="col">column</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )
    return box(f"Schema of {table.name}", grid) + _parts(table, mine)


def _was(words: str) -> str:
    return f' <span class="was">was {words or "none"}</span>'


def _column_words(column: Column) -> tuple[str, str, str, str]:
    """What the schema pane says of a column beside its name, as HTML, in the order of ``_SCHEMA``."""
    more = [column.generated and f"generated ({column.generated})", column.collation, column.identity]
    return (
        whole(column.type) or "(none)",
        whole("NULL allowed" if column.nullable else "NOT NULL"),
        _NO_DEFAULT if column.default is None else whole(column.default),
        whole(" ".join(filter(None, (*more, *sorted(column.options), column.comment)))),
    )


def _parts(table: Table, changes: Iterable[Change]) -> str:
    others = [change for change in changes if change.kind not in _ELSEWHERE]
    actions = {(change.kind, change.name): change.action for change in others}
    items = []
    for kind, name, fact in table_facts(table):
        if kind not in _ELSEWHERE:
            action = actions.get((kind, name), "")
            words = Change(kind, table.name, name, None, fact).describe()
            words = words.removeprefix(f"{table.name}: ").replace(" appeared", "", 1)
            items.append(f'<li><span class="{action}">{brief(words)}{mark(action)}</span></li>')
    for change in others:
        if change.action == "vanished":
            words = change.describe().removeprefix(f"{table.name}: ").replace(" vanished", "", 1)
            items.append(
                f'<li><span class="vanished"><span class="gone">{brief(words)}</span>{mark("vanished")}</span></li>'
            )
    return f'<ul class="parts">{"".join(items)}</ul>' if items else ""
