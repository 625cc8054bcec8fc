"""The first rows of PostgreSQL's tables and how many there are, at a cost that doesn't grow with the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from migration_lab.snapshot.postgresql_session import Reader, quote
from migration_lab.snapshot.values import Cell, Page, Row, Table

_TEXT_LIMIT = 200
_BLOB_LIMIT = 16
_AT_ONCE = 40  # tables in one query
_KINDS = {
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "oid": "integer",
    "real": "real",
    "double precision": "real",
    "numeric": "real",
    "boolean": "boolean",
    "bytea": "blob",
}

Wanted = tuple[str, Table, Mapping[str, str]]
"""A table: its name in SQL, itself, and the types that its columns' values have."""
Read = tuple[Page, int, bool] | Exception
"""A page, the number of rows up to the limit and whether there are more; or why there is none."""


def read_pages(
    reader: Reader, tables: Sequence[Wanted], rows: int, count_limit: int | None, columns: int
) -> dict[str, Read]:
    """The first ``rows`` rows of each table in key order, of its first ``columns`` columns, by the table's name.

    A row's key is its primary key where the table has one, otherwise its place in the table's file.
    """
    found: dict[str, Read] = {}
    for start in range(0, len(tables), _AT_ONCE):
        found.update(_together(reader, tables[start : start + _AT_ONCE], rows, count_limit, columns))
    return found


def _together(
    reader: Reader, tables: Sequence[Wanted], rows: int, count_limit: int | None, columns: int
) -> dict[str, Read]:
    """Ask for all of them in one query; if it fails for one of them, half by half, so that the others are read."""
    if not tables:
        return {}
    query = " UNION ALL ".join(
        one for place, wanted in enumerate(tables) for one in _queries(place, wanted, rows, count_limit, columns)
    )
    try:
        with reader.undone_if_it_fails():
            answer = reader.rows(f"SELECT * FROM ({query}) AS found ORDER BY 1, 2")
    except Exception as error:
        if not isinstance(error, reader.error):
            raise
        if len(tables) == 1:
            return {tables[0][1].name: error}
        half = len(tables) // 2
        return {
            **_together(reader, tables[:half], rows, count_limit, columns),
            **_together(reader, tables[half:], rows, count_limit, columns),
        }
    by_table: dict[int, list[tuple[Any, ...]]] = {place: [] for place in range(len(tables))}
    for place, *row in answer:
        by_table[place].append(tuple(row))
    return {
        table.name: _page(table, types, by_table[place], count_limit, columns)
        for place, (_, table, types) in enumerate(tables)
    }


def _queries(place: int, wanted: Wanted, rows: int, count_limit: int | None, columns: int) -> tuple[str, str]:
    """SQL for the table's number of rows, as its line 0, and for its rows: key, values and their lengths, as text."""
    name, table, types = wanted
    shown = [column.name for column in table.columns[:columns]]
    key = table.primary_key.columns if table.primary_key else ()
    # In what file, of a partitioned table, and where in it; under a name that no column has.
    partitioned = any(option.startswith("PARTITION BY") for option in table.options)
    row_place = "concat_ws(' ', tableoid::regclass, ctid)" if partitioned else "ctid"
    taken = {column.name for column in table.columns}
    place_name = next(free for number in count() if (free := f"place_{number}") not in taken)
    keys = [f"left({quote(one)}::text, {_TEXT_LIMIT})" for one in key] or [f"{place_name}::text"]
    order = f"ORDER BY {', '.join(map(quote, key))}" if key else ""
    limit = "" if count_limit is None else f"LIMIT {int(count_limit) + 1}"
    values = [_value(quote(one), types[one]) for one in shown]
    lengths = [_length(quote(one), types[one]) for one in shown]
    return (
        f"""SELECT {place}::int8, 0::int8, ARRAY[count(*)::text], NULL::text[], NULL::int8[]
            FROM (SELECT FROM {name} {limit}) AS counted""",
        f"""SELECT {place}::int8, row_number() OVER (), ARRAY[{", ".join(keys)}]::text[],
            ARRAY[{", ".join(values)}]::text[], ARRAY[{", ".join(lengths)}]::int8[]
            FROM (SELECT *{"" if key else f", {row_place} AS {place_name}"} FROM {name} {order}
            LIMIT {int(rows)}) AS page""",
    )


def _value(column: str, type_: str) -> str:
    """SQL for a value's beginning: a long value itself never leaves the engine."""
    if _KINDS.get(type_) == "blob":
        return f"upper(encode(substring({column} FROM 1 FOR {_BLOB_LIMIT}), 'hex'))"
    return f"left({column}::text, {_TEXT_LIMIT})"


def _length(column: str, type_: str) -> str:
    return f"octet_length({column})" if _KINDS.get(type_) == "blob" else f"length({column}::text)"


def _page(
    table: Table, types: Mapping[str, str], found: list[tuple[Any, ...]], count_limit: int | None, columns: int
) -> tuple[Page, int, bool]:
    (_, (count,), _, _), *rows = found
    shown = tuple(column.name for column in table.columns[:columns])
    kinds = [_KINDS.get(types[name], "text") for name in shown]
    page = tuple(Row(tuple(key), tuple(map(_cell, kinds, values, lengths))) for _, key, values, lengths in rows)
    key_columns = table.primary_key.columns if table.primary_key else ()
    numbered = len(key_columns) == 1 and _KINDS.get(types[key_columns[0]]) == "integer"
    more = count_limit is not None and int(count) > count_limit
    return (
        Page(shown, page, len(table.columns) - len(shown), numbered),
        min(int(count), count_limit) if count_limit is not None else int(count),
        more,
    )


def _cell(kind: str, value: str | None, length: int | None) -> Cell:
    return Cell("null", "NULL") if value is None else Cell(kind, value, length or 0)
