"""What ``migration_lab.backfill`` promises, on each engine, for any key and any ``values``."""

from __future__ import annotations

import signal
import threading
import time
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from engines.backfilling import PLACES, SERVERS, Place, place
from migration_lab.backfill import BackfillError, backfill, filling, patience
from migration_lab.backfill.pace import Pace


@pytest.fixture(params=PLACES)
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each engine in turn."""
    with place(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=SERVERS)
def on_a_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each kind of server in turn."""
    with place(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=["sqlite", "sqlite wal", "sqlite-modern wal"])
def in_a_file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each SQLite in turn."""
    with place(request.param, tmp_path) as made:
        yield made


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of seven rows, so that a few rows have many ends of chunks between them."""
    monkeypatch.setattr(filling, "Pace", partial(Pace, most=7))


class Base(DeclarativeBase):
    """Models of an application."""


class User(Base):
    """A model that changes a column of its own accord."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    country: Mapped[str | None] = mapped_column(onupdate="changed")


def test_each_chunk_is_committed_before_the_next(there: Place) -> None:
    there.users(60)
    seen = []

    def look(row: sa.Row[Any]) -> str:
        seen.append(there.one("SELECT count(*) FROM users WHERE country IS NOT NULL"))
        return "DE"

    done = there.backfill("users", {"country": look})
    assert (done.rows, done.left) == (60, 0)
    assert done.chunks >= 9
    assert {0, 7, 14, 56} <= set(seen), "another connection sees them one by one"
    assert there.all("SELECT DISTINCT country FROM users") == [("DE",)]


@pytest.mark.parametrize(
    "values",
    [
        {"country": "'DE'"},
        {"country": sa.literal("DE")},
        {"country": sa.text("'DE'")},
        {"country": lambda row: "DE"},
        {User.country: sa.func.upper("de")},
        {"country": "'DE' -- a comment"},
    ],
    ids=["text", "literal", "text()", "function", "model", "comment"],
)
def test_values_are_sql_or_functions_of_the_row(there: Place, values: Any) -> None:
    there.users(20)
    assert there.backfill("users", values).rows == 20
    assert there.all("SELECT DISTINCT country FROM users") == [("DE",)]


def test_expressions_may_be_made_of_the_model(there: Place) -> None:
    there.users(20)
    done = there.backfill(User, {"country": sa.func.upper(User.username)}, where=User.country.is_(None))
    assert done.rows == 20
    assert there.one("SELECT count(*) FROM users WHERE country = upper(username)") == 20


def test_a_models_onupdate_changes_nothing(there: Place) -> None:
    there.users(10)
    there.backfill(
        User,
        {"username": "upper(username)"},
        where="username <> 'x' AND username NOT LIKE 'USER%'"
        if there.kind.dialect != "mysql"
        else "username <> 'x' AND BINARY username NOT LIKE 'USER%'",
    )
    assert there.all("SELECT DISTINCT country FROM users") == [(None,)]


def test_several_columns_are_filled_and_what_is_there_stays(there: Place) -> None:
    there.users(20)
    there.run("ALTER TABLE users ADD COLUMN city varchar(20)", "UPDATE users SET city = 'Rome' WHERE id = 3")
    done = there.backfill("users", {"country": "'DE'", "city": lambda row: row.username.upper()})
    assert (done.rows, done.left) == (20, 0)
    assert there.all("SELECT country, city FROM users WHERE id IN (3, 4) ORDER BY id") == [
        ("DE", "Rome"),
        ("DE", "USER4"),
    ]


def test_where_says_which_rows_and_a_second_run_has_nothing_to_do(there: Place) -> None:
    there.users(30)
    run = partial(there.backfill, "users", {"country": "'DE'"}, "id > 10 AND country IS NULL")
    assert run().rows == 20
    assert there.one("SELECT max(id) FROM users WHERE country IS NULL") == 10
    again = run()
    assert (again.rows, again.left, again.chunks) == (0, 0, 0)


def test_an_empty_table_is_done(there: Place) -> None:
    there.run("CREATE TABLE users (id int PRIMARY KEY, country varchar(20))")
    assert there.backfill("users", {"country": "'DE'"}).rows == 0


def test_it_goes_on_where_the_first_row_is_left(there: Place) -> None:
    there.users(500)
    there.run("UPDATE users SET country = 'IT' WHERE id <= 400")
    updates = []

    def note(connection: Any, cursor: Any, sql: str, parameters: Any, context: Any, many: bool) -> None:
        if sql.startswith("UPDATE"):
            updates.append(sql)

    event.listen(there.engine, "before_cursor_execute", note)
    done = there.backfill("users", {"country": "'DE'"})
    assert done.rows == 100
    assert len(updates) == done.chunks + 1 <= 17, "and not one for each seven of the 400 that are done"
    assert there.one("SELECT count(*) FROM users WHERE country = 'IT'") == 400


# -- keys


def test_a_composite_key(there: Place) -> None:
    there.run("CREATE TABLE seats (hall int, seat int, price int, PRIMARY KEY (hall, seat))")
    there.insert(
        "seats", [{"hall": hall, "seat": seat} for hall in range(5) for seat in range((1, 2, 30, 3, 40)[hall])]
    )
    for key in (["hall", "seat"], ["hall DESC", "seat DESC"], ["hall", "seat DESC"], None):
        assert there.backfill("seats", {"price": "7"}, key=key).rows == 76
        assert there.one("SELECT count(*) FROM seats WHERE price = 7") == 76
        there.run("UPDATE seats SET price = NULL")


def test_a_text_key_in_the_databases_own_order(there: Place) -> None:
    """Python's order of texts is another: there 'Z' comes before 'a', and 'ä' after both."""
    collation = {"sqlite": "COLLATE NOCASE", "postgresql": "", "mysql": "COLLATE utf8mb4_unicode_ci"}[
        there.kind.dialect
    ]
    there.run(f"CREATE TABLE words (word varchar(20) {collation} PRIMARY KEY, length int)")
    letters = "aBcDeFgHiÄöÜß'%:"
    there.insert("words", [{"word": one + two + "x" * 3} for one in letters for two in "aBcÄ_"])
    assert there.backfill("words", {"length": "length(word)"}, key="word").rows == 80
    assert there.backfill("words", {"length": "0"}, where="length > 0", key=sa.desc("word")).rows == 80


def test_a_uuid_key(there: Place) -> None:
    kind = {"sqlite": "BLOB NOT NULL", "postgresql": "uuid", "mysql": "uuid"}[there.kind.dialect]
    there.run(f"CREATE TABLE things (id {kind} PRIMARY KEY, size int)")
    made = [uuid.uuid4() for _ in range(40)]
    keys = {"sqlite": [one.bytes for one in made], "postgresql": made, "mysql": [str(one) for one in made]}
    there.insert("things", [{"id": key} for key in keys[there.kind.dialect]])
    assert there.backfill("things", {"size": "1"}, key="id").rows == 40


def test_a_bytes_key(on_a_server: Place) -> None:
    there = on_a_server
    there.run(
        f"CREATE TABLE things (id {'bytea' if there.kind.dialect == 'postgresql' else 'binary(16)'} PRIMARY KEY, size int)"
    )
    there.insert("things", [{"id": uuid.uuid4().bytes} for _ in range(40)])
    assert there.backfill("things", {"size": "1"}).rows == 40


def test_a_key_of_times(there: Place) -> None:
    kind = {"sqlite": "timestamp", "postgresql": "timestamptz", "mysql": "datetime(6)"}[there.kind.dialect]
    there.run(f"CREATE TABLE visits (at {kind} NOT NULL PRIMARY KEY, size int)")
    there.insert("visits", [{"at": f"2026-03-29 01:59:59.{number:06}"} for number in range(40)])
    assert there.backfill("visits", {"size": "1"}, key="at").rows == 40


def test_a_descending_key_begins_with_the_newest(there: Place) -> None:
    there.users(30)
    order = []
    there.backfill("users", {"country": lambda row: order.append(row.id) or "DE"}, key="id DESC")
    assert order[:2] == [30, 24] or order[0] == 30
    assert set(order[1:8]) == set(range(24, 31))


def test_sqlites_tables_without_rowid_and_without_any_key(in_a_file: Place) -> None:
    in_a_file.run(
        "CREATE TABLE a (one text, two int, size int, PRIMARY KEY (one, two)) WITHOUT ROWID",
        "CREATE TABLE b (rowid text, _rowid_ text, size int)",
        "CREATE TABLE c (id int PRIMARY KEY, size int)",
    )
    in_a_file.insert("a", [{"one": "xyz"[number % 3], "two": number} for number in range(30)])
    in_a_file.insert("b", [{"rowid": "same", "_rowid_": "same"}] * 30)
    in_a_file.insert("c", [{"id": None}] * 30)  # which SQLite allows
    for table in "abc":
        assert in_a_file.backfill(table, {"size": "1"}).left == 0
        assert in_a_file.one(f"SELECT count(*) FROM {table} WHERE size = 1") == 30


def test_sqlites_key_of_mixed_types(in_a_file: Place) -> None:
    in_a_file.run("CREATE TABLE a (id NOT NULL PRIMARY KEY, size int) WITHOUT ROWID")
    in_a_file.insert(
        "a", [{"id": to(number)} for number in range(12) for to in (int, str, lambda n: n + 0.5, lambda n: b"%d" % n)]
    )
    assert in_a_file.backfill("a", {"size": "1"}).rows == 48


def test_partitioned_tables(on_a_server: Place) -> None:
    there = on_a_server
    if there.kind.dialect == "postgresql":
        there.run(
            "CREATE TABLE visits (id int, day int, size int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
            *(f"CREATE TABLE visits_{n} PARTITION OF visits FOR VALUES FROM ({n}) TO ({n + 1})" for n in range(3)),
        )
    else:
        there.run(
            "CREATE TABLE visits (id int, day int, size int, PRIMARY KEY (id, day)) PARTITION BY HASH (day) PARTITIONS 3"
        )
    there.insert("visits", [{"id": number, "day": number % 3} for number in range(60)])
    assert there.backfill("visits", {"size": "day"}).rows == 60
    assert there.one("SELECT count(*) FROM visits WHERE size = day") == 60


def test_a_table_of_another_schema(on_a_server: Place) -> None:
    there = on_a_server
    name = f"{there.url.database}.users" if there.kind.dialect == "mysql" else "sales.users"
    if there.kind.dialect == "postgresql":
        there.run("CREATE SCHEMA sales")
    there.run(
        f"CREATE TABLE {name} (id int PRIMARY KEY, country varchar(20))", f"INSERT INTO {name} (id) VALUES (1), (2)"
    )
    assert there.backfill(name, {"country": "'DE'"}).rows == 2


def test_sqlites_attached_database(in_a_file: Place, tmp_path: Path) -> None:
    with in_a_file.engine.connect() as connection:
        connection.exec_driver_sql(f"ATTACH '{tmp_path / 'other.db'}' AS sales")
        connection.exec_driver_sql("CREATE TABLE sales.users (id INTEGER PRIMARY KEY, country text)")
        connection.exec_driver_sql("INSERT INTO sales.users (id) VALUES (1), (2)")
        connection.commit()
        assert backfill(connection, "sales.users", {"country": "'DE'"}, progress=False).rows == 2


def test_names_that_need_quotes(there: Place) -> None:
    quoted = there.engine.dialect.identifier_preparer.quote
    table, key, column = 'my "Order"', "Key %s", "a:b"
    there.run(
        f"CREATE TABLE {quoted(table)} ({quoted(key).replace('%', '%%')} int PRIMARY KEY, {quoted(column)} int)"
        if there.kind.dialect != "sqlite"
        else f"CREATE TABLE {quoted(table)} ({quoted(key)} int PRIMARY KEY, {quoted(column)} int)"
    )
    there.insert(table, [{key: number} for number in range(20)])
    assert there.backfill(table, {column: "1"}).rows == 20
