"""The first rows of a SQLite table and how many there are, at a cost that doesn't grow with the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migration_lab.snapshot.sqlite_catalogue import Reader, key_order, quote
from migration_lab.snapshot.values import Cell, Page, Row, Table

_TEXT_LIMIT = 200
_BLOB_LIMIT = 16


def count_rows(reader: Reader, table: str, limit: int | None) -> tuple[int, bool]:
    """How many rows the table has, up to ``limit`` (None: count them all), and whether it has more than that."""
    if limit is None:
        return reader.rows(f"SELECT count(*) FROM main.{quote(table)}")[0][0], False
    counted = reader.rows(f"SELECT count(*) FROM (SELECT 1 FROM main.{quote(table)} LIMIT ?)", limit + 1)[0][0]
    return min(counted, limit), counted > limit


def read_page(reader: Reader, table: Table, rows: int, columns: int) -> Page:
    """The first ``rows`` rows of the table in key order, of its first ``columns`` columns.

    A row's key is its primary key where the table has one, otherwise its rowid.
    """
    shown = tuple(column.name for column in table.columns[:columns])
    hidden = len(table.columns) - len(shown)
    rowid = _rowid(table)
    order = rowid
    if "WITHOUT ROWID" in table.options:
        order = key_order(reader, table.name)
    elif "VIRTUAL" in table.options:
        order = ""  # its module might have to sort all its rows
    has_key = table.primary_key is not None and "ROWID" not in table.primary_key.options
    key = [quote(name) for name in table.primary_key.columns] if table.primary_key and has_key else []
    if not key and rowid:
        key = [rowid]
    wanted = [*key, *map(quote, shown)]
    # The names given with AS keep a driver's PARSE_COLNAMES from finding a type in a column's name.
    select = ", ".join(_bounded(name, position) for position, name in enumerate(wanted))
    found = reader.rows(
        f"SELECT {select or 1} FROM main.{quote(table.name)} {f'ORDER BY {order}' if order else ''} LIMIT ?", rows
    )
    page = []
    for position, values in enumerate(found):
        cells = [_cell(values[at : at + 3]) for at in range(0, 3 * len(wanted), 3)]
        row_key = tuple(cell.text for cell in cells[: len(key)]) or (str(position + 1),)
        page.append(Row(row_key, tuple(cells[len(key) :])))
    return Page(shown, tuple(page), hidden, numbered=key == [rowid] and order == rowid)


def _rowid(table: Table) -> str:
    """A name of the rowid that no column of the table has taken; the INTEGER PRIMARY KEY if all are; else ``""``."""
    if "WITHOUT ROWID" in table.options:
        return ""
    taken = {column.name.lower() for column in table.columns}
    free = next((name for name in ("rowid", "_rowid_", "oid") if name not in taken), "")
    if not free and table.primary_key and "ROWID" in table.primary_key.options:
        return quote(table.primary_key.columns[0])
    return free


def _bounded(name: str, position: int) -> str:
    """SQL for a value's type, length and beginning: a long value itself never leaves the engine."""
    return f"""CAST(typeof({name}) AS BLOB) AS t{position}, length({name}) AS l{position},
        CASE typeof({name}) WHEN 'text' THEN CAST(substr({name}, 1, {_TEXT_LIMIT}) AS BLOB)
        WHEN 'blob' THEN CAST(hex(substr({name}, 1, {_BLOB_LIMIT})) AS BLOB) ELSE {name} END AS v{position}"""


def _cell(parts: Sequence[Any]) -> Cell:
    kind, length, value = parts
    if kind == "null":
        return Cell("null", "NULL")
    text = value if isinstance(value, str) else repr(value)
    return Cell(kind, text, length if kind in ("text", "blob") else len(text))
