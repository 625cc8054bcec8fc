"""All rows of two databases compared by the engine itself, which joins them by their keys.

Exact, and on engines that reach both databases from one connection faster than a checksum would be: SQLite has no hash
function, and one of Python's is called for each value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from migration_lab.rehearsal.rows import SAMPLES, Changed, ColumnPair, RowDifference, TablePair, key_text


class JoinedComparison(ABC):
    """What the engines share. ``IS`` compares two values of which either may be NULL."""

    IS = "IS"

    @abstractmethod
    def _rows(self, sql: str) -> list[Any]: ...

    @abstractmethod
    def _quoted(self, name: str) -> str: ...

    @abstractmethod
    def _old(self, table: str) -> str:
        """The table in the database as it was."""

    @abstractmethod
    def _new(self, table: str) -> str:
        """The table in the migrated database."""

    @abstractmethod
    def _differs(self, column: ColumnPair) -> str:
        """Whether a value differs between the rows x and y."""

    @abstractmethod
    def _value(self, column: ColumnPair, name: str) -> str:
        """A value as text that no other value has."""

    def compare(self, pair: TablePair) -> RowDifference:
        """See Comparison."""
        return self._by_key(pair) if pair.key else self._by_values(pair)

    def _by_key(self, pair: TablePair) -> RowDifference:
        found = RowDifference(pair)
        old, new = self._old(pair.before), self._new(pair.after)
        # The first may be NULL in SQLite, and is compared as its collation says; the second has the index.
        same = " AND ".join(f"y.{self._quoted(two)} {self.IS} x.{self._quoted(one)}" for one, two in pair.key)
        joined = f"FROM {old} AS x JOIN {new} AS y ON {same}"
        differs = {column: self._differs(column) for column in pair.columns}
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
        old, new = f"x.{self._quoted(column.before)}", f"y.{self._quoted(column.after)}"
        count, nulled = self._row(
            f"SELECT count(*), count(CASE WHEN {new} IS NULL THEN 1 END) {joined} WHERE {differing}"
        )
        if count:
            keys = [f"x.{self._quoted(one)}" for one, _ in found.pair.key]
            shown = ", ".join([*keys, self._shown(old), self._shown(new)])
            rows = self._rows(f"SELECT {shown} {joined} WHERE {differing} LIMIT {SAMPLES}")
            samples = tuple(f"{key_text(row[:-2])}: {row[-2]} -> {row[-1]}" for row in rows)
            found.changed[column.after] = Changed(count, samples, nulled)

    def _missing(self, here: str, there: str, own: list[str], others: list[str]) -> tuple[str, ...]:
        listed = ", ".join(f"x.{self._quoted(name)}" for name in own)
        same = " AND ".join(
            f"y.{self._quoted(two)} {self.IS} x.{self._quoted(one)}" for one, two in zip(own, others, strict=True)
        )
        missing = f"NOT EXISTS (SELECT 1 FROM {there} AS y WHERE {same})"
        rows = self._rows(f"SELECT {listed} FROM {here} AS x WHERE {missing} LIMIT {SAMPLES}")
        return tuple(key_text(row) for row in rows)

    def _by_values(self, pair: TablePair) -> RowDifference:
        found = RowDifference(pair)
        before, after = self._old(pair.before), self._new(pair.after)
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
        own = [self._quoted(column.after if swapped else column.before) for column in columns]
        others = [self._quoted(column.before if swapped else column.after) for column in columns]
        numbered = [
            f"SELECT {values}, row_number() OVER (PARTITION BY {values}) AS n FROM {table}"
            for values, table in (
                (", ".join(map(self._value, columns, own)), here),
                (", ".join(map(self._value, columns, others)), there),
            )
        ]
        only = f"{numbered[0]} EXCEPT {numbered[1]}"
        (count,) = self._row(f"SELECT count(*) FROM ({only}) AS o")
        rows = self._rows(f"{only} LIMIT {SAMPLES}") if count else []
        return count, tuple(", ".join(str(value)[:60] for value in row[:-1]) for row in rows)

    def broken_views(self, names: list[str]) -> Iterator[tuple[str, str]]:
        """See Comparison."""
        for name in names:
            before, after = self._error(self._old(name)), self._error(self._new(name))
            if after and not before:
                yield name, after

    def view_columns(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """See Comparison. A server's views keep the columns that they were made with."""
        return (), ()

    def view_rows(self, name: str) -> tuple[int, int]:
        """See Comparison."""
        counts = [self._row(f"SELECT count(*) FROM {view}")[0] for view in (self._old(name), self._new(name))]
        return counts[0], counts[1]

    def numbers_again(self) -> Iterator[tuple[str, str]]:
        """See Comparison."""
        return iter(())

    def values(self, table: str, column: str, *, after: bool) -> int:
        """See Comparison."""
        counted: int = self._row(
            f"SELECT count({self._quoted(column)}) FROM {self._new(table) if after else self._old(table)}"
        )[0]
        return counted

    def same_values(self, table: tuple[str, str], columns: tuple[str, str]) -> bool:
        """See Comparison."""
        old, new = (self._quoted(name) for name in columns)
        (found,) = self._row(
            f"SELECT EXISTS (SELECT {new} FROM {self._new(table[1])} WHERE {new} IS NOT NULL "
            f"INTERSECT SELECT {old} FROM {self._old(table[0])})"
        )
        return bool(found)

    def _error(self, view: str) -> str:
        try:
            self._rows(f"SELECT 1 FROM {view} LIMIT 1")
        except Exception as error:
            return str(error)
        return ""

    def _shown(self, value: str) -> str:
        return f"substr(quote({value}), 1, 60)"

    def _row(self, sql: str) -> Any:
        return self._rows(sql)[0]
