"""All rows of two MariaDB or MySQL databases on one server compared by the server itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import sqlalchemy as sa

from migration_lab.engines import Engine
from migration_lab.rehearsal.rows import SAMPLES, ColumnPair, key_text
from migration_lab.rehearsal.rows_joined import JoinedComparison

_KEYS = """SELECT constraint_name, table_name, column_name, referenced_table_name, referenced_column_name
FROM information_schema.key_column_usage WHERE table_schema = '{database}' AND referenced_table_schema = '{database}'
ORDER BY constraint_name, ordinal_position"""


class MariaDBComparison(JoinedComparison):
    """Compares two databases that nobody else uses. To be closed."""

    IS = "<=>"

    def __init__(self, engine: Engine, before: sa.URL, after: sa.URL) -> None:
        self._names = str(before.database), str(after.database)
        self._connection = engine.connect(after).raw_connection()
        self._rows("SET time_zone = '+00:00'")

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()

    def violations(self) -> Iterator[tuple[str, str, int, tuple[str, ...]]]:
        """See Comparison. The engine has no check of its own: what was written with foreign_key_checks=0 stays."""
        before = dict(self._orphans(self._names[0]))
        for (table, parent, columns, condition), (count, samples) in self._orphans(self._names[1]):
            earlier = before.get((table, parent, columns, condition), (0, ()))[0]
            if count > earlier:
                yield table, parent, count - earlier, samples

    def _orphans(self, database: str) -> Iterator[tuple[tuple[str, str, str, str], tuple[int, tuple[str, ...]]]]:
        keys: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        for name, table, column, parent, referred in self._rows(_KEYS.format(database=database)):
            keys.setdefault((name, table, parent), []).append((column, referred))
        for (_, table, parent), pairs in keys.items():
            given = " AND ".join(f"x.{self._quoted(one)} IS NOT NULL" for one, _ in pairs)
            same = " AND ".join(f"y.{self._quoted(two)} = x.{self._quoted(one)}" for one, two in pairs)
            here, there = (f"{self._quoted(database)}.{self._quoted(name)}" for name in (table, parent))
            where = f"FROM {here} AS x WHERE {given} AND NOT EXISTS (SELECT 1 FROM {there} AS y WHERE {same})"
            (count,) = self._row(f"SELECT count(*) {where}")
            listed = ", ".join(f"x.{self._quoted(one)}" for one, _ in pairs)
            rows = self._rows(f"SELECT {listed} {where} LIMIT {SAMPLES}") if count else []
            yield (table, parent, listed, same), (count, tuple(key_text(row) for row in rows))

    def damage(self) -> tuple[str, ...]:
        """See Comparison. InnoDB checks its pages as it reads them, and all were read."""
        return ()

    def words_in_booleans(self, table: str, column: str) -> tuple[int, tuple[str, ...]]:
        """See Comparison. A column takes its own type alone."""
        return 0, ()

    def _old(self, table: str) -> str:
        return f"{self._quoted(self._names[0])}.{self._quoted(table)}"

    def _new(self, table: str) -> str:
        return f"{self._quoted(self._names[1])}.{self._quoted(table)}"

    def _quoted(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def _rows(self, sql: str) -> list[Any]:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def _differs(self, column: ColumnPair) -> str:
        old, new = f"x.{self._quoted(column.before)}", f"y.{self._quoted(column.after)}"
        if column.loose:
            numbers = f"{old} REGEXP '^-?[0-9.]+$' AND {new} REGEXP '^-?[0-9.]+$' AND {old} NOT REGEXP '^-?0[0-9]'"
            same = f"{numbers} AND CAST({old} AS DECIMAL(65, 10)) = CAST({new} AS DECIMAL(65, 10))"
            return f"NOT (BINARY {old} <=> BINARY {new}) AND NOT coalesce({same}, 0)"
        return f"NOT (BINARY {old} <=> BINARY {new})"

    def _value(self, column: ColumnPair, name: str) -> str:
        return f"BINARY quote({name})"
