"""A table with rows on each engine, to be filled while others use it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from migration_lab.backfill import Backfilled, backfill
from migration_lab.engines import Engine, find_engine

ALL = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"
# SQLite as it is unless somebody asks for more, and with a write-ahead log.
PLACES = ("sqlite", "sqlite-modern wal", "postgresql", "mariadb", *(("sqlite wal", "postgresql-16") if ALL else ()))
# For what another version of a server could do in another way.
EVERY_VERSION = (*PLACES, *(() if ALL else ("postgresql-16",)))
SERVERS = ("postgresql", "mariadb")


@dataclass(frozen=True)
class Place:
    """A database of its own on one of the engines."""

    kind: Engine
    url: sa.URL
    engine: sa.Engine

    def run(self, *statements: str) -> None:
        """Each statement, and a commit."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def all(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def one(self, query: str) -> Any:
        """The one value of a query."""
        return self.all(query)[0][0]

    def insert(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Put rows in."""
        with self.engine.begin() as connection:
            connection.execute(sa.insert(sa.table(table, *map(sa.column, rows[0]))), rows)

    def users(self, rows: int = 60) -> None:
        """A table of people without a country."""
        key = "INTEGER" if self.kind.dialect == "sqlite" else "bigint"
        self.run(f"CREATE TABLE users (id {key} PRIMARY KEY, username varchar(50) NOT NULL, country varchar(20))")
        self.insert("users", [{"id": number, "username": f"user{number}"} for number in range(1, rows + 1)])

    def backfill(self, *arguments: Any, **options: Any) -> Backfilled:
        """The tool, as a script uses it."""
        with self.engine.connect() as connection:
            return backfill(connection, *arguments, **{"progress": False, **options})


@contextmanager
def place(name: str, folder: Path) -> Iterator[Place]:
    """One of PLACES, empty. Skips the test where there is no such engine."""
    key, _, wal = name.partition(" ")
    kind = find_engine(key)
    if kind.missing:
        pytest.skip(kind.missing)
    url = kind.url(folder)
    kind.create(url)
    made = Place(kind, url, kind.connect(url))
    try:
        if wal:
            made.run("PRAGMA journal_mode = wal")
        yield made
    finally:
        made.engine.dispose()
        kind.drop(url)
