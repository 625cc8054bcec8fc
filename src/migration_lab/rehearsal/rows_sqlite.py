"""All rows of two SQLite files compared by SQLite itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

from migration_lab.rehearsal.rows import SAMPLES, ColumnPair, RowDifference, TablePair
from migration_lab.rehearsal.rows_joined import JoinedComparison


class SQLiteComparison(JoinedComparison):
    """Compares two files that nobody else uses. To be closed."""

    def __init__(self, before: Path, after: Path, module: ModuleType) -> None:
        self._module = module
        self._connection = module.connect(":memory:", isolation_level=None)
        self._connection.text_factory = lambda text: text.decode("utf-8", errors="replace")
        for name, path in (("a", before), ("b", after)):
            self._connection.execute(f"ATTACH ? AS {name}", (str(path),))
        self._connection.execute("PRAGMA query_only = ON")

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()

    def _by_values(self, pair: TablePair) -> RowDifference:
        """See JoinedComparison. Rows that stayed in their places tell: by values, all are sorted."""
        try:
            found = self._by_key(TablePair(pair.before, pair.after, pair.columns, (("rowid", "rowid"),)))
        except self._module.OperationalError:  # no rowid
            return super()._by_values(pair)
        return super()._by_values(pair) if found else found

    def view_columns(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """See Comparison."""
        old, new = (
            tuple(row[1] for row in self._rows(f"PRAGMA {side}.table_info({self._quoted(name)})"))
            for side in ("a", "b")
        )
        return old, new

    def numbers_again(self) -> Iterator[tuple[str, str]]:
        """See Comparison. What was given out by AUTOINCREMENT is in a table of its own."""
        known = "SELECT count(*) FROM {}.sqlite_master WHERE name = 'sqlite_sequence'"
        if not all(self._row(known.format(side))[0] for side in ("a", "b")):
            return
        lower = "SELECT name FROM a.sqlite_sequence AS x JOIN b.sqlite_sequence AS y USING (name) WHERE y.seq < x.seq"
        for (table,) in self._rows(lower):
            for row in self._rows(f"PRAGMA b.table_info({self._quoted(table)})"):
                if row[5]:
                    yield table, row[1]

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
        name = self._quoted(column)
        where = f"FROM b.{self._quoted(table)} WHERE typeof({name}) = 'text'"
        (count,) = self._row(f"SELECT count(*) {where}")
        rows = self._rows(f"SELECT DISTINCT {name} {where} LIMIT {SAMPLES}") if count else []
        return count, tuple(f"'{row[0]}'" for row in rows)

    def _old(self, table: str) -> str:
        return f"a.{self._quoted(table)}"

    def _new(self, table: str) -> str:
        return f"b.{self._quoted(table)}"

    def _quoted(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def _rows(self, sql: str) -> list[Any]:
        with closing(self._connection.execute(sql)) as cursor:
            return list(cursor.fetchall())

    def _differs(self, column: ColumnPair) -> str:
        old, new = f"x.{self._quoted(column.before)}", f"y.{self._quoted(column.after)}"
        if column.loose:
            # 007 that became 7 isn't the same; 7 that became 7.0 is.
            both = f"typeof({old}) IN ('integer', 'real') AND typeof({new}) IN ('integer', 'real') AND {old} = {new}"
            return f"CAST({old} AS TEXT) IS NOT CAST({new} AS TEXT) AND NOT coalesce({both}, 0)"
        differs = f"{old} IS NOT {new} COLLATE BINARY"
        return f"{differs} OR typeof({old}) <> typeof({new})" if column.typed else differs

    def _value(self, column: ColumnPair, name: str) -> str:
        return f"CAST({name} AS TEXT)" if column.loose else f"quote({name})"
