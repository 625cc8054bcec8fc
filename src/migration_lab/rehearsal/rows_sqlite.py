"""All rows of two SQLite files compared by SQLite itself, which joins them by their keys.

Exact, and faster than any checksum would be: SQLite has no hash function, and one of Python's is called for each value.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from migration_lab.rehearsal.rows import SAMPLES, Changed, ColumnPair, RowDifference, TablePair, key_text


class SQLiteComparison:
    """Compares two files that nobody else uses. To be closed."""

    def __init__(self, before: Path, after: Path, module: ModuleType) -> None:
        self._connection = module.connect(":memory:", isolation_level=None)
        self._connection.text_factory = lambda text: text.decode("utf-8", errors="replace")
        for name, path in (("a", before), ("b", after)):
            self._connection.execute(f"ATTACH ? AS {name}", (str(path),))
        self._connection.execute("PRAGMA query_only = ON")

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()

    def compare(self, pair: TablePair) -> RowDifference:
        """See Comparison."""
        return self._by_key(pair) if pair.key else self._by_values(pair)

    def _by_key(self, pair: TablePair) -> RowDifference:
        found = RowDifference(pair)
        old, new = f"a.{_quoted(pair.before)}", f"b.{_quoted(pair.after)}"
        # The first may be NULL in SQLite, and is compared as its collation says; the second has the index.
        same = " AND ".join(f"y.{_quoted(two)} IS x.{_quoted(one)}" for one, two in pair.key)
        joined = f"FROM {old} AS x JOIN {new} AS y ON {same}"
        differs = {column: _differs(column) for column in pair.columns}
        condition = " OR ".join(f"({one})" for one in differs.values()) or "0"
        both, changed = self._row(f"SELECT count(*), count(CASE WHEN {condition} THEN 1 END) {joined}")
        before, after = self._row(f"SELECT (SELECT count(*) FROM {old}), (SELECT count(*) FROM {new})")
        found.lost, found.appeared = before - both, after - both
        if found.lost:
            found.lost_keys = self._missing(old, new, [one for one, _ in pair.key], [two for _, two in pair.key])
        if found.appeared:
            found.appeared_keys = self._missing(new, old, [two for _, two in pair.key], [one for one, _ in pair.key])
        if changed:
            for column, differing in differs.items():
                self._changed(found, column, differing, joined)
        return found

    def _changed(self, found: RowDifference, column: ColumnPair, differing: str, joined: str) -> None:
        old, new = f"x.{_quoted(column.before)}", f"y.{_quoted(column.after)}"
        count, nulled = self._row(
            f"SELECT count(*), count(CASE WHEN {new} IS NULL THEN 1 END) {joined} WHERE {differing}"
        )
        if count:
            keys = [f"x.{_quoted(one)}" for one, _ in found.pair.key]
            shown = ", ".join([*keys, _shown(old), _shown(new)])
            rows = self._rows(f"SELECT {shown} {joined} WHERE {differing} LIMIT {SAMPLES}")
            samples = tuple(f"{key_text(row[:-2])}: {row[-2]} -> {row[-1]}" for row in rows)
            found.changed[column.after] = Changed(count, samples, nulled)

    def _missing(self, here: str, there: str, own: list[str], others: list[str]) -> tuple[str, ...]:
        listed = ", ".join(f"x.{_quoted(name)}" for name in own)
        same = " AND ".join(f"y.{_quoted(two)} IS x.{_quoted(one)}" for one, two in zip(own, others, strict=True))
        missing = f"NOT EXISTS (SELECT 1 FROM {there} AS y WHERE {same})"
        rows = self._rows(f"SELECT {listed} FROM {here} AS x WHERE {missing} LIMIT {SAMPLES}")
        return tuple(key_text(row) for row in rows)

    def _by_values(self, pair: TablePair) -> RowDifference:
        found = RowDifference(pair)
        before, after = (f"{side}.{_quoted(name)}" for side, name in (("a", pair.before), ("b", pair.after)))
        if not pair.columns:
            rows = self._row(f"SELECT (SELECT count(*) FROM {before}), (SELECT count(*) FROM {after})")
            found.lost, found.appeared = max(0, rows[0] - rows[1]), max(0, rows[1] - rows[0])
            return found
        lost, appeared = self._only(pair.columns, before, after), self._only(pair.columns, after, before, swapped=True)
        shared = min(lost[0], appeared[0])
        if shared:
            for column in pair.columns:
                count, samples = self._only((column,), before, after)
                other, _ = self._only((column,), after, before, swapped=True)
                if count or other:
                    found.changed[column.after] = Changed(max(count, other), samples)
            if not found.changed:  # the same values in other rows
                found.changed[pair.columns[0].after] = Changed(shared, lost[1])
        found.lost, found.appeared = lost[0] - shared, appeared[0] - shared
        found.lost_keys, found.appeared_keys = lost[1] if found.lost else (), appeared[1] if found.appeared else ()
        return found

    def _only(
        self, columns: tuple[ColumnPair, ...], here: str, there: str, *, swapped: bool = False
    ) -> tuple[int, tuple[str, ...]]:
        """How many rows there are here that aren't there, each as often as it is there, and the first of them."""
        own = [_quoted(column.after if swapped else column.before) for column in columns]
        others = [_quoted(column.before if swapped else column.after) for column in columns]
        numbered = [
            f"SELECT {values}, row_number() OVER (PARTITION BY {values}) AS n FROM {table}"
            for values, table in (
                (", ".join(map(_value, columns, own)), here),
                (", ".join(map(_value, columns, others)), there),
            )
        ]
        only = f"{numbered[0]} EXCEPT {numbered[1]}"
        (count,) = self._row(f"SELECT count(*) FROM ({only})")
        rows = self._rows(f"{only} LIMIT {SAMPLES}") if count else []
        return count, tuple(", ".join(str(value)[:60] for value in row[:-1]) for row in rows)

    def broken_views(self, names: list[str]) -> Iterator[tuple[str, str]]:
        """See Comparison."""
        for name in names:
            before, after = self._error(f"a.{_quoted(name)}"), self._error(f"b.{_quoted(name)}")
            if after and not before:
                yield name, after

    def view_columns(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """See Comparison."""
        old, new = (
            tuple(row[1] for row in self._rows(f"PRAGMA {side}.table_info({_quoted(name)})")) for side in ("a", "b")
        )
        return old, new

    def view_rows(self, name: str) -> tuple[int, int]:
        """See Comparison."""
        counts = [self._row(f"SELECT count(*) FROM {side}.{_quoted(name)}")[0] for side in ("a", "b")]
        return counts[0], counts[1]

    def violations(self) -> Iterator[tuple[str, str, int, tuple[str, ...]]]:
        """See Comparison."""
        found: dict[str, dict[tuple[str, str], list[Any]]] = {}
        for side in ("a", "b"):
            counted: dict[tuple[str, str], list[Any]] = {}
            # By hand, since the pragma has a row for each: count them without keeping them.
            cursor = self._connection.execute(f"PRAGMA {side}.foreign_key_check")
            for table, rowid, parent, _ in cursor:
                entry = counted.setdefault((table, parent), [0, []])
                entry[0] += 1
                if len(entry[1]) < SAMPLES:
                    entry[1].append("" if rowid is None else str(rowid))
            found[side] = counted
        for (table, parent), (count, samples) in found["b"].items():
            earlier = found["a"].get((table, parent), [0, []])[0]
            if count > earlier:
                yield table, parent, count - earlier, tuple(filter(None, samples))

    def damage(self) -> tuple[str, ...]:
        """See Comparison."""
        said = [row[0] for row in self._rows("PRAGMA b.integrity_check(5)")]
        return () if said == ["ok"] else tuple(said)

    def words_in_booleans(self, table: str, column: str) -> tuple[int, tuple[str, ...]]:
        """See Comparison."""
        name = _quoted(column)
        where = f"FROM b.{_quoted(table)} WHERE typeof({name}) = 'text'"
        (count,) = self._row(f"SELECT count(*) {where}")
        rows = self._rows(f"SELECT DISTINCT {name} {where} LIMIT {SAMPLES}") if count else []
        return count, tuple(f"'{row[0]}'" for row in rows)

    def values(self, table: str, column: str, *, after: bool) -> int:
        """See Comparison."""
        counted: int = self._row(f"SELECT count({_quoted(column)}) FROM {'b' if after else 'a'}.{_quoted(table)}")[0]
        return counted

    def same_values(self, table: tuple[str, str], columns: tuple[str, str]) -> bool:
        """See Comparison."""
        old, new = (_quoted(name) for name in columns)
        (found,) = self._row(
            f"SELECT EXISTS (SELECT {new} FROM b.{_quoted(table[1])} WHERE {new} IS NOT NULL "
            f"INTERSECT SELECT {old} FROM a.{_quoted(table[0])})"
        )
        return bool(found)

    def _error(self, view: str) -> str:
        try:
            self._connection.execute(f"SELECT 1 FROM {view} LIMIT 1").fetchone()
        except Exception as error:
            return str(error)
        return ""

    def _row(self, sql: str) -> Any:
        return self._rows(sql)[0]

    def _rows(self, sql: str) -> list[Any]:
        with contextlib.closing(self._connection.execute(sql)) as cursor:
            return list(cursor.fetchall())


def _differs(column: ColumnPair) -> str:
    old, new = f"x.{_quoted(column.before)}", f"y.{_quoted(column.after)}"
    if column.loose:
        # 007 that became 7 isn't the same; 7 that became 7.0 is.
        both = f"typeof({old}) IN ('integer', 'real') AND typeof({new}) IN ('integer', 'real') AND {old} = {new}"
        return f"CAST({old} AS TEXT) IS NOT CAST({new} AS TEXT) AND NOT coalesce({both}, 0)"
    differs = f"{old} IS NOT {new} COLLATE BINARY"
    return f"{differs} OR typeof({old}) <> typeof({new})" if column.typed else differs


def _value(column: ColumnPair, name: str) -> str:
    return f"CAST({name} AS TEXT)" if column.loose else f"quote({name})"


def _shown(value: str) -> str:
    return f"substr(quote({value}), 1, 60)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
