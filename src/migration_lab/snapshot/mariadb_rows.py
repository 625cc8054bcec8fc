"""The first rows of a MariaDB table and how many there are, at a cost that doesn't grow with the table."""

from __future__ import annotations

from typing import Any

from migration_lab.snapshot.mariadb_session import Reader, quote
from migration_lab.snapshot.values import Cell, Column, Page, Row, Table

_TEXT_LIMIT = 200
_BLOB_LIMIT = 16
_INTEGERS = frozenset({"BOOLEAN", "TINYINT", "SMALLINT", "MEDIUMINT", "INTEGER", "BIGINT", "YEAR", "BIT"})
_REALS = frozenset({"NUMERIC", "FLOAT", "DOUBLE"})
_BLOBS = frozenset(
    {"BINARY", "VARBINARY", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "GEOMETRY", "POINT", "LINESTRING", "POLYGON"}
    | {"MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"}
)


def read_rows(reader: Reader, table: Table, rows: int, limit: int | None, columns: int) -> tuple[Page, int, bool]:
    """The page of the table, how many rows it has up to ``limit``, and whether it has more than that."""
    page = _page(reader, table, rows, columns)
    if len(page.rows) < rows and (limit is None or len(page.rows) <= limit):
        return page, len(page.rows), False
    if limit is None:
        return page, int(reader.rows(f"SELECT count(*) FROM {quote(table.name)}")[0][0]), False
    found = reader.rows(f"SELECT count(*) FROM (SELECT 1 FROM {quote(table.name)} LIMIT {limit + 1}) AS counted")
    counted = int(found[0][0])
    return page, min(counted, limit), counted > limit


def _page(reader: Reader, table: Table, rows: int, columns: int) -> Page:
    shown = table.columns[:columns]
    key = table.primary_key.columns if table.primary_key else ()
    wanted = [column for name in key for column in table.columns if column.name == name] + list(shown)
    select = ", ".join(part for column in wanted for part in _bounded(column))
    # Without a key the rows come as they are stored, which an index chosen by the optimizer would hide.
    order = f"FORCE INDEX (PRIMARY) ORDER BY {', '.join(map(quote, key))}" if key else "USE INDEX ()"
    found = reader.rows(f"SELECT {select} FROM {quote(table.name)} {order} LIMIT {rows}")
    page = []
    for position, values in enumerate(found):
        cells = [_cell(column, *values[2 * at : 2 * at + 2]) for at, column in enumerate(wanted)]
        row_key = tuple(cell.text for cell in cells[: len(key)]) or (str(position + 1),)
        page.append(Row(row_key, tuple(cells[len(key) :])))
    numbered = len(key) == 1 and _kind(wanted[0]) == "integer"
    names = tuple(column.name for column in shown)
    return Page(names, tuple(page), len(table.columns) - len(shown), numbered)


def _kind(column: Column) -> str:
    word = column.type.partition("(")[0].partition(" ")[0]
    if word in _INTEGERS:
        return "integer"
    return "real" if word in _REALS else "blob" if word in _BLOBS else "text"


def _bounded(column: Column) -> tuple[str, str]:
    """SQL for a value's beginning and its length: a long value itself never leaves the server."""
    name, kind = quote(column.name), _kind(column)
    if kind == "blob":
        return f"hex(left({name}, {_BLOB_LIMIT}))", f"length({name})"
    if kind == "text":
        # As text, so that the driver makes no date of it.
        return f"convert(left({name}, {_TEXT_LIMIT}) USING utf8mb4)", f"char_length({name})"
    return f"concat({name}{' + 0' if column.type.startswith('BIT') else ''})", "NULL"


def _cell(column: Column, text: Any, length: Any) -> Cell:
    if text is None:
        return Cell("null", "NULL")
    return Cell(_kind(column), text, len(text) if length is None else int(length))
