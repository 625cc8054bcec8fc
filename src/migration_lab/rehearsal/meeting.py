"""What an operation will meet in the rows, looked at on its own connection at the moment before it runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from migration_lab.rehearsal.asked import Asked
from migration_lab.snapshot import split, tokenize

SAMPLES = 5
_DELETING = ("CASCADE", "SET NULL", "SET DEFAULT")


@dataclass(frozen=True, slots=True)
class Met:
    """``rule`` is a rule's name, ``asked`` the operation that met ``count`` rows, the first of them in ``samples``."""

    rule: str
    asked: Asked
    name: str
    count: int
    samples: tuple[str, ...] = ()
    other: str = ""


class Meeting:
    """Asks the database of one connection. What can't be asked is not met: the operation itself will say why."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._quote = connection.dialect.identifier_preparer.quote
        self._dialect = connection.dialect.name

    def look(self, asked: Asked, parameters: Any = None) -> Iterator[Met]:
        """What one operation meets."""
        match asked.action, asked.kind:
            case "alter", "column" if "not null" in asked.attributes:
                yield from self._nulls(asked)
            case "create", "column" if "not null" in asked.attributes and "default" not in asked.attributes:
                yield from self._filled(asked)
            case "create", "index" | "constraint":
                if "unique" in asked.attributes and asked.columns:
                    yield from self._duplicates(asked)
                elif asked.to and asked.referred:
                    yield from self._orphans(asked)
                elif asked.where:
                    yield from self._breaking(asked)
            case "drop", "table":
                yield from self.cascading(asked)
            case "update" | "delete", "row" if asked.where:
                yield from self._skipped(asked, parameters)

    def cascading(self, asked: Asked) -> Iterator[Met]:
        """The rows of other tables that go with this one's, where it is dropped on SQLite with foreign keys on."""
        if self._dialect != "sqlite" or not self._value("PRAGMA foreign_keys"):
            return
        for (child,) in self._rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
            for key in self._rows(f"PRAGMA foreign_key_list({self._quote(child)})"):
                if key[2].lower() == asked.table.lower() != child.lower() and key[6] in _DELETING:
                    column = self._quote(key[3])
                    count, samples = self._found(child, f"{column} IS NOT NULL")
                    if count:
                        yield Met("rows-lost-by-cascade", asked, child, count, samples, key[6])

    def _nulls(self, asked: Asked) -> Iterator[Met]:
        count, samples = self._found(asked.table, f"{self._quote(asked.name)} IS NULL")
        if count:
            yield Met("nulls-meet-not-null", asked, asked.name, count, samples)

    def _filled(self, asked: Asked) -> Iterator[Met]:
        count, samples = self._found(asked.table, "1 = 1")
        if count:
            fills = self._dialect in ("mysql", "mariadb")
            yield Met("silent-fill" if fills else "not-null-without-default", asked, asked.name, count, samples)

    def _duplicates(self, asked: Asked) -> Iterator[Met]:
        columns = [self._quote(name) if name.isidentifier() else name for name in asked.columns]
        listed, given = ", ".join(columns), " AND ".join(f"{column} IS NOT NULL" for column in columns)
        given = f"FROM {self._table(asked.table)} WHERE {given} GROUP BY {listed} HAVING count(*) > 1"
        count = self._value(f"SELECT count(*) FROM (SELECT 1 AS one {given}) AS g")
        if count:
            found = self._rows(f"SELECT {listed}, count(*) AS n {given} ORDER BY n DESC, {listed} LIMIT {SAMPLES}")
            samples = tuple(f"{', '.join(map(str, row[:-1]))} ({row[-1]} times)" for row in found)
            yield Met("duplicates-meet-unique", asked, ", ".join(asked.columns), count, samples)

    def _orphans(self, asked: Asked) -> Iterator[Met]:
        pairs = list(zip(asked.columns, asked.referred, strict=False))
        given = " AND ".join(f"x.{self._quote(one)} IS NOT NULL" for one, _ in pairs)
        same = " AND ".join(f"y.{self._quote(other)} = x.{self._quote(one)}" for one, other in pairs)
        missing = f"NOT EXISTS (SELECT 1 FROM {self._table(asked.to)} AS y WHERE {same})"
        count, samples = self._found(asked.table, f"{given} AND {missing}", "x")
        if count:
            yield Met("orphans-meet-foreign-key", asked, ", ".join(asked.columns), count, samples)

    def _breaking(self, asked: Asked) -> Iterator[Met]:
        count, samples = self._found(asked.table, f"NOT ({asked.where})")
        if count:
            yield Met("rows-meet-check", asked, asked.name or asked.where, count, samples)

    def _skipped(self, asked: Asked, parameters: Any) -> Iterator[Met]:
        """The rows for which a condition is neither true nor false, where it says NOT and means all the others."""
        tokens = tokenize(asked.where)
        words = [token.word for token in tokens]
        negative = any(token.text in ("<>", "!=") for token in tokens) or any(
            word == "NOT" and words[at + 1] in ("IN", "LIKE") for at, word in enumerate(words[:-1])
        )
        if not negative or parameters or "NULL" in words or len(list(split(tokens, ";"))) != 1:
            return
        count, samples = self._found(asked.table, f"({asked.where}) IS NULL")
        if count:
            yield Met("nulls-skipped", asked, ", ".join(asked.columns), count, samples)

    def _found(self, table: str, where: str, alias: str = "x") -> tuple[int, tuple[str, ...]]:
        """How many rows of the table there are with ``where``, and the keys of the first."""
        source = f"{self._table(table)} AS {alias}"
        count = int(self._value(f"SELECT count(*) FROM {source} WHERE {where}") or 0)
        if not count:
            return 0, ()
        key = [f"{alias}.{self._quote(name)}" for name in self._key(table)]
        if not key:
            key = [f"{alias}.rowid"] if self._dialect == "sqlite" else []
        if not key:
            return count, ()
        listed = ", ".join(key)
        found = self._rows(f"SELECT {listed} FROM {source} WHERE {where} ORDER BY {listed} LIMIT {SAMPLES}")
        return count, tuple(", ".join(map(str, row)) for row in found)

    def _key(self, table: str) -> list[str]:
        schema, _, name = table.rpartition(".")
        with contextlib.suppress(Exception), self._unharmed():
            return list(sa.inspect(self._connection).get_pk_constraint(name, schema or None)["constrained_columns"])
        return []

    def _table(self, name: str) -> str:
        return ".".join(self._quote(word) for word in name.split("."))

    def _value(self, sql: str) -> Any:
        rows = self._rows(sql)
        return rows[0][0] if rows else None

    def _rows(self, sql: str) -> list[Any]:
        with contextlib.suppress(Exception), self._unharmed(), closing(self._connection.connection.cursor()) as cursor:
            cursor.execute(sql.replace("%", "%%") if self._dialect in ("mysql", "mariadb") else sql)
            return list(cursor.fetchall())
        return []

    @contextlib.contextmanager
    def _unharmed(self) -> Iterator[None]:
        """On PostgreSQL a refused question would end the migration's own transaction."""
        if self._dialect != "postgresql":
            yield
            return
        with closing(self._connection.connection.cursor()) as cursor:
            try:
                cursor.execute("SAVEPOINT migration_lab")
            except Exception:  # no transaction is open: nothing can be harmed
                yield
                return
            try:
                yield
            except BaseException:
                cursor.execute("ROLLBACK TO SAVEPOINT migration_lab")
                raise
            finally:
                cursor.execute("RELEASE SAVEPOINT migration_lab")
