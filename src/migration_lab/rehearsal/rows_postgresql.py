"""All rows of two PostgreSQL databases compared by checksums, since no connection reaches both.

A table has one checksum, which doesn't depend on the rows' order; where two differ, each column has one, and ranges of
keys are halved until the first rows that differ are found. All of it is computed by the server.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Any

import sqlalchemy as sa

from migration_lab.engines import Engine
from migration_lab.rehearsal.rows import SAMPLES, Changed, ColumnPair, RowDifference, TablePair, key_text

_RANGE = 500  # rows that are looked at one by one
_RANGES = 20  # as many times, until enough are found
_SESSION = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET bytea_output = 'hex'; SET extra_float_digits = 1"
_AMCHECK = """SELECT c.oid::regclass::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_am AS m ON m.oid = c.relam JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE m.amname = 'btree' AND i.indisvalid AND c.relkind = 'i' AND n.nspname NOT LIKE 'pg\\_%'"""
_AMCHECK_SCHEMA = "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'amcheck'"
_NOT_ALLOWED = "42501"

_NUMBERED = """SELECT s.oid::regclass::text,
CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || t.relname, a.attname
FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_class AS t ON t.oid = d.refobjid
JOIN pg_namespace AS n ON n.oid = t.relnamespace
JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
JOIN pg_sequence AS q ON q.seqrelid = s.oid
WHERE d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND q.seqincrement = 1"""


class PostgreSQLComparison:
    """Compares two databases that nobody else uses. To be closed."""

    def __init__(self, engine: Engine, before: sa.URL, after: sa.URL) -> None:
        self._sides = tuple(engine.connect(url).raw_connection() for url in (before, after))
        self._known: dict[tuple[int, str], Any] = {}
        for side in (0, 1):
            self._rows(side, _SESSION)
            self._sides[side].commit()
        self._types = tuple(self._column_types(side) for side in (0, 1))

    def close(self) -> None:
        """Let go of the server."""
        for side in self._sides:
            side.close()

    def compare(self, pair: TablePair) -> RowDifference:
        """See Comparison."""
        found = RowDifference(pair)
        keys = [[one for one, _ in pair.key], [two for _, two in pair.key]]
        tables = [_quoted(pair.before), _quoted(pair.after)]
        values = [[self._value(pair, column, side) for column in pair.columns] for side in (0, 1)]
        whole = [self._sums(side, tables[side], [_hash([*map(_quoted, keys[side]), *values[side]])]) for side in (0, 1)]
        if whole[0] == whole[1]:
            return found
        counts = [whole[side][0] for side in (0, 1)]
        if not pair.key:
            found.lost, found.appeared = max(0, counts[0] - counts[1]), max(0, counts[1] - counts[0])
            if counts[0] == counts[1]:
                sums = [self._sums(side, tables[side], [_hash([one]) for one in values[side]]) for side in (0, 1)]
                for column, old, new in zip(pair.columns, sums[0][1:], sums[1][1:], strict=True):
                    if old != new:
                        found.changed[column.after] = Changed(None)
            return found
        by_key = [list(map(_quoted, names)) for names in keys]
        if not self._alike(tables, by_key, [_hash(by_key[0])], [_hash(by_key[1])]):
            self._keys(found, tables, by_key, counts)
        for at, column in enumerate(pair.columns):
            hashes = [_hash([*by_key[side], values[side][at]]) for side in (0, 1)]
            if not found.lost and not found.appeared and self._alike(tables, by_key, [hashes[0]], [hashes[1]]):
                continue
            changed = self._column(tables, by_key, [values[0][at], values[1][at]], hashes)
            if changed is not None:
                found.changed[column.after] = changed
        return found

    def _keys(self, found: RowDifference, tables: list[str], keys: list[list[str]], counts: list[int]) -> None:
        """The first keys that are on one side alone."""
        gone: list[Any] = []
        come: list[Any] = []
        for old, new in islice(self._ranges(tables, keys, [_hash(keys[0]), _hash(keys[1])], keys), _RANGES):
            here, there = ({row[:-1] for row in rows} for rows in (old, new))
            gone += [row for row in old if row[:-1] not in there]
            come += [row for row in new if row[:-1] not in here]
            if len(gone) + len(come) >= SAMPLES:
                break
        found.lost = max(counts[0] - counts[1], len(gone))
        found.appeared = max(counts[1] - counts[0], len(come))
        found.lost_keys = tuple(key_text(row[: len(keys[0])]) for row in gone[:SAMPLES])
        found.appeared_keys = tuple(key_text(row[: len(keys[0])]) for row in come[:SAMPLES])

    def _column(self, tables: list[str], keys: list[list[str]], values: list[str], hashes: list[str]) -> Changed | None:
        """The first rows whose value differs, of those that both sides have."""
        shown = [[*keys[side], f"left({values[side]}, 60)"] for side in (0, 1)]
        size = len(keys[0])
        differing: list[Any] = []
        for old, new in islice(self._ranges(tables, keys, hashes, shown), _RANGES):
            others = {row[:size]: row for row in new}
            pairs = [(row, others[row[:size]]) for row in old if row[:size] in others]
            differing += [(one, two) for one, two in pairs if one[-1] != two[-1]]
            if len(differing) >= SAMPLES:
                break
        if not differing:
            return None
        samples = tuple(
            f"{key_text(one[:size])}: {_shown(one[-2])} -> {_shown(two[-2])}" for one, two in differing[:SAMPLES]
        )
        nulls = [self._row(side, f"SELECT count(*) - count({values[side]}) FROM {tables[side]}")[0] for side in (0, 1)]
        all_null = all(two[-2] is None for _, two in differing)
        return Changed(None, samples, max(nulls[1] - nulls[0], 1) if all_null else 0)

    def _ranges(
        self, tables: list[str], keys: list[list[str]], hashes: list[str], shown: list[list[str]]
    ) -> Iterator[list[list[Any]]]:
        """The ranges of keys in which the checksums differ, one after the other: the rows of both sides in each.

        A checksum is a sum, so that of the upper half is what the lower half's leaves of the whole.
        """
        waiting: list[tuple[Any, Any, list[tuple[Any, ...]]]] = [
            (None, None, [self._sums(side, tables[side], [hashes[side]]) for side in (0, 1)])
        ]
        while waiting:
            low, high, sums = waiting.pop()
            if sums[0] == sums[1]:
                continue
            side = 0 if sums[0][0] >= sums[1][0] else 1
            if sums[side][0] <= _RANGE:
                yield [self._between(one, tables[one], keys[one], shown[one], hashes[one], low, high) for one in (0, 1)]
                continue
            middle = self._key_at(side, tables[side], keys[side], low, high, sums[side][0] // 2)
            lower = []
            for one in (0, 1):
                where, parameters = _between(keys[one], low, middle)
                lower.append(self._sums(one, tables[one], [hashes[one]], where, parameters))
            upper = [
                (whole[0] - part[0], (whole[1] or 0) - (part[1] or 0)) for whole, part in zip(sums, lower, strict=True)
            ]
            waiting += [(middle, high, upper), (low, middle, [(one[0], one[1] or 0) for one in lower])]

    def _between(
        self, side: int, table: str, key: list[str], shown: list[str], hashed: str, low: Any, high: Any
    ) -> list[Any]:
        where, parameters = _between(key, low, high)
        sql = f"SELECT {', '.join([*shown, hashed])} FROM {table} WHERE {where} ORDER BY {', '.join(key)}"
        return [tuple(row) for row in self._rows(side, sql, parameters)]

    def _key_at(self, side: int, table: str, key: list[str], low: Any, high: Any, rows: int) -> tuple[Any, ...]:
        where, parameters = _between(key, low, high)
        listed = ", ".join(key)
        sql = f"SELECT {listed} FROM {table} WHERE {where} ORDER BY {listed} OFFSET {rows - 1} LIMIT 1"
        return tuple(self._row(side, sql, parameters))

    def _alike(
        self,
        tables: list[str],
        keys: list[list[str]],
        old: list[str],
        new: list[str],
        low: tuple[Any, ...] | None = None,
        high: tuple[Any, ...] | None = None,
    ) -> bool:
        sums = []
        for side, hashes in ((0, old), (1, new)):
            where, parameters = _between(keys[side], low, high)
            sums.append(self._sums(side, tables[side], hashes, where, parameters))
        return bool(sums[0] == sums[1])

    def _sums(
        self, side: int, table: str, hashes: list[str], where: str = "TRUE", parameters: Sequence[Any] = ()
    ) -> Any:
        listed = ", ".join(["count(*)", *(f"sum({one})" for one in hashes)])
        sql = f"SELECT {listed} FROM {table} WHERE {where}"
        if side or parameters:
            return self._row(side, sql, parameters)
        if (side, sql) not in self._known:  # what the database was doesn't change
            self._known[side, sql] = self._row(side, sql)
        return self._known[side, sql]

    def _value(self, pair: TablePair, column: ColumnPair, side: int) -> str:
        """A value as text that no other value of its column has; the same for both types of one that was changed."""
        name = _quoted(column.after if side else column.before)
        kinds = [
            self._types[0].get((pair.before, column.before), ""),
            self._types[1].get((pair.after, column.after), ""),
        ]
        if not column.loose:
            return f"{name}::text"
        if all(kind in ("int2", "int4", "int8", "numeric", "float4", "float8", "bool") for kind in kinds):
            number = f"{name}::int" if kinds[side] == "bool" else name
            return f"trim_scale({number}::numeric)::text"
        if all(kind in ("timestamp", "timestamptz", "date") for kind in kinds):
            return f"extract(epoch FROM {name})::numeric::text"
        if set(kinds) == {"json", "jsonb"}:
            return f"{name}::jsonb::text"
        return f"rtrim({name}::text)" if "bpchar" in kinds else f"{name}::text"

    def _column_types(self, side: int) -> dict[tuple[str, str], str]:
        rows = self._rows(
            side,
            "SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname, a.attname, t.typname "
            "FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_type AS t ON t.oid = a.atttypid "
            "JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE a.attnum > 0 AND NOT a.attisdropped",
        )
        return {(table, column): kind for table, column, kind in rows}

    def broken_views(self, names: list[str]) -> Iterator[tuple[str, str]]:
        """See Comparison."""
        for name in names:
            before, after = self._error(0, name), self._error(1, name)
            if after and not before:
                yield name, after

    def view_columns(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """See Comparison. A server's views keep the columns that they were made with."""
        return (), ()

    def view_rows(self, name: str) -> tuple[int, int]:
        """See Comparison."""
        counts = [self._row(side, f"SELECT count(*) FROM {_quoted(name)}")[0] for side in (0, 1)]
        return counts[0], counts[1]

    def violations(self) -> Iterator[tuple[str, str, int, tuple[str, ...]]]:
        """See Comparison. The server lets none be."""
        return iter(())

    def numbers_again(self) -> Iterator[tuple[str, str]]:
        """See Comparison: sequences whose next number is taken, and wasn't before."""
        before = set(self._taken(0))
        yield from (one for one in self._taken(1) if one not in before)

    def _taken(self, side: int) -> Iterator[tuple[str, str]]:
        for sequence, table, column in self._rows(side, _NUMBERED):
            highest, next_one = self._row(
                side,
                f"SELECT (SELECT max({_quoted(column)}) FROM {_quoted(table)}), last_value + is_called::int "
                f"FROM {sequence}",
            )
            if highest is not None and highest >= next_one:
                yield table, column

    def damage(self) -> tuple[str, ...]:
        """See Comparison. The indexes are checked where the extension amcheck is there; it is gone again afterwards.

        Each row is looked for in its indexes: one over a function that has changed its meaning is in good order, and
        finds nothing.
        """
        if not self._rows(1, "SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'"):
            return ()
        said: list[str] = []
        try:
            self._rows(1, "CREATE EXTENSION IF NOT EXISTS amcheck")
            schema = self._row(1, _AMCHECK_SCHEMA)[0]
            for (index,) in self._rows(1, _AMCHECK):
                self._rows(1, "SAVEPOINT one_index")
                try:
                    self._rows(1, f"SELECT {schema}.bt_index_check(%s::regclass, true)", (index,))
                except Exception as error:
                    self._rows(1, "ROLLBACK TO one_index")
                    if getattr(error, "sqlstate", "") == _NOT_ALLOWED:  # that says nothing of the index
                        break
                    said.append(str(error).splitlines()[0])
                    if len(said) == SAMPLES:
                        break
        except Exception:  # no right to make the extension
            said = []
        self._sides[1].rollback()
        return tuple(said)

    def words_in_booleans(self, table: str, column: str) -> tuple[int, tuple[str, ...]]:
        """See Comparison. A column takes its own type alone."""
        return 0, ()

    def values(self, table: str, column: str, *, after: bool) -> int:
        """See Comparison."""
        counted: int = self._row(int(after), f"SELECT count({_quoted(column)}) FROM {_quoted(table)}")[0]
        return counted

    def same_values(self, table: tuple[str, str], columns: tuple[str, str]) -> bool:
        """See Comparison. A few of the values say enough: what was carried over is there."""
        old, new = _quoted(columns[0]), _quoted(columns[1])
        rows = self._rows(0, f"SELECT DISTINCT {old}::text FROM {_quoted(table[0])} WHERE {old} IS NOT NULL LIMIT 100")
        sample = [row[0] for row in rows]
        where = f"FROM {_quoted(table[1])} WHERE {new}::text = ANY(%s)"
        return bool(self._row(1, f"SELECT EXISTS (SELECT 1 {where})", (sample,))[0])

    def _error(self, side: int, view: str) -> str:
        try:
            self._rows(side, f"SELECT 1 FROM {_quoted(view)} LIMIT 1")
        except Exception as error:
            self._sides[side].rollback()
            return " ".join(str(error).split())
        return ""

    def _row(self, side: int, sql: str, parameters: Sequence[Any] = ()) -> Any:
        return self._rows(side, sql, parameters)[0]

    def _rows(self, side: int, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with closing(self._sides[side].cursor()) as cursor:
            cursor.execute(sql, parameters or None)
            return list(cursor.fetchall()) if cursor.description else []


def _hash(values: Sequence[str]) -> str:
    """A number for a row; in the text of a record, NULL and an empty text are two things."""
    return f"hashtextextended(ROW({', '.join(values)})::text, 0)"


def _between(key: list[str], low: tuple[Any, ...] | None, high: tuple[Any, ...] | None) -> tuple[str, tuple[Any, ...]]:
    names = f"({', '.join(key)})"
    holes = f"({', '.join(['%s'] * len(key))})"
    parts = [f"{names} > {holes}"] if low is not None else []
    parts += [f"{names} <= {holes}"] if high is not None else []
    return " AND ".join(parts) or "TRUE", (*(low or ()), *(high or ()))


def _shown(value: Any) -> str:
    return "NULL" if value is None else f"'{value}'"


def _quoted(name: str) -> str:
    return ".".join('"' + word.replace('"', '""') + '"' for word in name.split("."))
