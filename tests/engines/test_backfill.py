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
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column

from engines.backfilling import PLACES, SERVERS, Place, place
from migration_lab.backfill import BackfillError, backfill, filling, patience
from migration_lab.backfill.chunks import Chunks
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


@pytest.fixture(params=["sqlite", "sqlite-modern wal"])
def in_a_file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each SQLite in turn."""
    with place(request.param, tmp_path) as made:
        yield made


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of seven rows, so that a few rows have many ends of chunks between them."""
    monkeypatch.setattr(filling, "Pace", lambda seconds: Pace(60 * seconds, most=7))


class Base(DeclarativeBase):
    """Models of an application."""


class User(Base):
    """A model that changes a column of its own accord."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    country: Mapped[str | None] = mapped_column(onupdate="changed")


class Manager(User):
    """Some of its rows."""


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


def test_values_are_sql_or_functions_of_the_row(there: Place) -> None:
    there.users(20)
    same: list[dict[Any, Any]] = [
        {"country": "'DE'"},
        {"country": sa.literal("DE")},
        {"country": sa.text("'DE'")},
        {"country": lambda row: "DE"},
        {User.country: sa.func.upper("de")},
        {"country": "'DE' -- a comment"},
    ]
    for values in same:
        assert there.backfill("users", values).rows == 20
        assert there.all("SELECT DISTINCT country FROM users") == [("DE",)]
        there.run("UPDATE users SET country = NULL")


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
        overwrite=True,
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


def test_the_smaller_the_lock_budget_the_smaller_the_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a log, so that a commit doesn't take longer than the smaller budget."""
    monkeypatch.setattr(filling, "Pace", Pace)
    chunks = {}
    with place("sqlite wal", tmp_path) as there:
        there.users(20_000)
        for budget in (0.002, 0.2):
            chunks[budget] = there.backfill("users", {"country": "'DE'"}, lock_budget=budget, pause=0).chunks
            there.run("UPDATE users SET country = NULL")
    assert chunks[0.002] > 2 * chunks[0.2], chunks


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
    letters = "aBcDeFgHiöÜß'%:"
    there.insert("words", [{"word": one + two + "x" * 3} for one in letters for two in "aBcÖ_"])
    assert there.backfill("words", {"length": "length(word)"}, key="word").rows == 75
    assert there.backfill("words", {"length": "0"}, where="length > 0", key=sa.desc("word"), overwrite=True).rows == 75


def test_a_uuid_key(there: Place) -> None:
    kind = {"sqlite": "BLOB NOT NULL", "postgresql": "uuid", "mysql": "uuid"}[there.kind.dialect]
    there.run(f"CREATE TABLE things (id {kind} PRIMARY KEY, size int)")
    made = [uuid.uuid4() for _ in range(40)]
    keys: dict[str, list[Any]] = {
        "sqlite": [one.bytes for one in made],
        "postgresql": made,
        "mysql": [str(one) for one in made],
    }
    there.insert("things", [{"id": key} for key in keys[there.kind.dialect]])
    assert there.backfill("things", {"size": "1"}, key="id").rows == 40


def test_a_bytes_key(on_a_server: Place) -> None:
    there = on_a_server
    there.run(
        f"CREATE TABLE things (id {'bytea' if there.kind.dialect == 'postgresql' else 'binary(16)'} PRIMARY KEY, "
        "size int)"
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

    def note(row: sa.Row[Any]) -> str:
        order.append(row.id)
        return "DE"

    there.backfill("users", {"country": note}, key="id DESC")
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


def test_sqlites_row_numbers_are_walked_only_where_they_lie_apart(
    in_a_file: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [-(2**63), -90, *range(-3, 1000), *range(5000, 6000, 9), *range(2**62, 2**62 + 100), 2**63 - 1]
    in_a_file.run("CREATE TABLE a (id INTEGER PRIMARY KEY, size int)")
    in_a_file.insert("a", [{"id": number} for number in numbers])
    walked, end = [], Chunks.end

    def walk(chunks: Chunks, rows: int, after: Any, high: Any, *, left: bool) -> Any:
        walked.append((rows, left))
        return end(chunks, rows, after, high, left=left)

    monkeypatch.setattr(Chunks, "end", walk)
    done = in_a_file.backfill("a", {"size": "1"})
    assert (done.rows, done.left) == (len(numbers), 0)
    assert in_a_file.one("SELECT sum(size) FROM a") == len(numbers)
    many = sum(1 for size, left in walked if left and size > 1)
    assert many < 60 < 150 < done.chunks, "some for those that lie apart"


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
            "CREATE TABLE visits (id int, day int, size int, PRIMARY KEY (id, day)) "
            "PARTITION BY HASH (day) PARTITIONS 3"
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
    there.run(f"CREATE TABLE {quoted(table)} ({quoted(key)} int PRIMARY KEY, {quoted(column)} int)")
    there.insert(table, [{key: number} for number in range(20)])
    assert there.backfill(table, {column: "1"}).rows == 20


# -- others


def test_a_value_that_somebody_else_sets_meanwhile_stays(there: Place) -> None:
    there.users(40)

    def interfere(row: sa.Row[Any]) -> str:
        if row.id in (10, 39):
            there.run("UPDATE users SET country = 'IT' WHERE id IN (10, 11, 40)")
        return "DE"

    done = there.backfill("users", {"country": interfere})
    assert (done.rows, done.left) == (37, 0)
    assert there.all("SELECT id FROM users WHERE country = 'IT' ORDER BY id") == [(10,), (11,), (40,)]


def test_a_column_that_where_says_nothing_of_keeps_what_somebody_else_sets_meanwhile(there: Place) -> None:
    there.users(40)
    there.run("ALTER TABLE users ADD COLUMN city varchar(20)")

    def interfere(row: sa.Row[Any]) -> str:
        if row.id == 10:
            there.run("UPDATE users SET city = 'Rome' WHERE id IN (10, 11, 40)")
        return "DE"

    values = {"country": interfere, "city": "'Berlin'"}
    done = there.backfill("users", values, where="country IS NULL")
    assert (done.rows, done.left) == (40, 0)
    assert there.all("SELECT id FROM users WHERE city = 'Rome' ORDER BY id") == [(10,), (11,), (40,)]
    assert there.one("SELECT count(*) FROM users WHERE city = 'Berlin' AND country = 'DE'") == 37


def test_a_functions_value_of_a_row_that_has_changed_is_made_again(there: Place) -> None:
    there.users(20)
    seen = []

    def change(row: sa.Row[Any]) -> str:
        if row.id == 5:
            seen.append(row.username)
            if len(seen) == 2:  # the first is the trial
                there.run("UPDATE users SET username = 'renamed' WHERE id = 5")
        return str(row.username)

    done = there.backfill("users", {"country": change}, where="id > 4 AND country IS NULL")
    assert (done.rows, done.left) == (16, 0)
    assert seen[:3] == ["user5", "user5", "renamed"]
    assert there.all("SELECT country FROM users WHERE id = 5") == [("renamed",)]


def test_any_type_of_value_can_be_compared_with_what_it_was(there: Place) -> None:
    kinds = {
        "sqlite": ("real", "blob", "text", "numeric"),
        "postgresql": ("real", "bytea", "json", "numeric(9, 2)"),
        "mysql": ("float", "blob", "json", "decimal(9, 2)"),
    }[there.kind.dialect]
    columns = ", ".join(f"c{place} {kind}" for place, kind in enumerate(kinds))
    there.run(f"CREATE TABLE mixed (id int PRIMARY KEY, {columns}, size int)")
    there.run(*(f"INSERT INTO mixed VALUES ({n}, 0.1, 'x', '{{\"a\": 1}}', 0.1, NULL)" for n in range(20)))
    assert there.backfill("mixed", {"size": lambda row: len(row)}).rows == 20
    assert there.all("SELECT DISTINCT size FROM mixed")[0][0] >= 6


def test_rows_that_come_in_meanwhile_are_filled_too_but_it_ends(there: Place) -> None:
    there.users(40)
    numbers = iter(range(1000, 2000))

    def insert(row: sa.Row[Any]) -> str:
        there.run(f"INSERT INTO users (id, username) VALUES ({next(numbers)}, 'new')")
        return "DE"

    done = there.backfill("users", {"country": insert})
    there_now = there.one("SELECT count(*) FROM users WHERE country IS NULL")
    assert done.left == there_now > 0, "each row that is filled brings a new one"
    assert done.rows == 40 + 41 + 42, "what was there, and twice what had come in, those of the trials included"
    assert f"{done.left} rows are left, new ones" in str(done)


def test_rows_whose_value_is_null_are_left_and_it_ends(there: Place) -> None:
    there.users(40)
    done = there.backfill("users", {"country": "CASE WHEN id > 35 THEN 'DE' END"})
    assert (done.rows, done.left) == (40, 35)
    assert there.one("SELECT count(*) FROM users WHERE country = 'DE'") == 5


def test_a_lock_of_somebody_else_is_waited_for(there: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    there.users(40)
    waits: list[float] = []
    sleep = filling.Filling._wait
    url = there.url.update_query_dict({"timeout": "0.02"}) if there.kind.dialect == "sqlite" else there.url
    with there.engine.connect() as other, there.kind.connect(url).connect() as connection:

        def wait(self: filling.Filling, seconds: float) -> None:
            waits.append(seconds)
            other.commit()
            sleep(self, seconds)

        monkeypatch.setattr(filling.Filling, "_wait", wait)
        other.exec_driver_sql("UPDATE users SET username = 'mine' WHERE id = 20")
        done = backfill(connection, "users", {"country": "'DE'"}, progress=False)
    assert (done.rows, done.left) == (40, 0)
    assert waits, "it was in the way"
    assert there.all("SELECT username FROM users WHERE id = 20") == [("mine",)]


def test_behind_somebodys_alter_it_waits_with_a_bound(on_a_server: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle reader, an ALTER that waits for it, and the backfill behind both: with one try it gives up at once."""
    there = on_a_server
    there.users(40)

    def alter() -> None:
        there.run("ALTER TABLE users ADD COLUMN city varchar(20)")

    waiting = {
        "postgresql": "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass",
        "mysql": "SELECT count(*) FROM information_schema.processlist "
        "WHERE state LIKE 'Waiting for table metadata lock'",
    }[there.kind.dialect]
    monkeypatch.setattr(patience, "ATTEMPTS", 1)
    thread = threading.Thread(target=alter)
    with there.engine.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM users").all()
        thread.start()
        try:
            while not there.one(waiting):
                assert thread.is_alive()
                time.sleep(0.01)
            with pytest.raises(BackfillError, match="somebody was in the way") as raised:
                there.backfill("users", {"country": "'DE'"})
        finally:
            reader.rollback()
            thread.join()
    assert "\n" not in str(raised.value)
    monkeypatch.undo()
    assert there.backfill("users", {"country": "'DE'"}).rows == 40


def test_it_gives_up_in_the_end_and_says_where(there: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    there.users(40)
    monkeypatch.setattr(patience, "ATTEMPTS", 2)
    url = there.url.update_query_dict({"timeout": "0.02"}) if there.kind.dialect == "sqlite" else there.url
    with there.engine.connect() as other, there.kind.connect(url).connect() as connection:
        other.exec_driver_sql("UPDATE users SET username = 'mine' WHERE id = 20")
        with pytest.raises(BackfillError) as raised:
            backfill(connection, "users", {"country": "'DE'"}, progress=False)
        other.rollback()
        said = str(raised.value)
        assert said.startswith("users: the row"), said
        assert "somebody was in the way" in said, said
        assert "\n" not in said
        assert backfill(connection, "users", {"country": "'DE'"}, progress=False).left == 0


def test_a_deadlock_is_tried_again(on_a_server: Place) -> None:
    there = on_a_server
    there.users(40)
    locked, failed = threading.Event(), []

    def other() -> None:
        for _ in range(5):
            try:
                with there.engine.begin() as connection:
                    connection.exec_driver_sql("UPDATE users SET username = 'a' WHERE id = 6")
                    locked.set()
                    time.sleep(0.03)
                    connection.exec_driver_sql("UPDATE users SET username = 'b' WHERE id = 2")
                return
            except sa.exc.DBAPIError as error:
                failed.append(error)

    thread = threading.Thread(target=other)
    thread.start()
    locked.wait(10)
    done = there.backfill("users", {"country": "'DE'"})
    thread.join()
    assert (done.rows, done.left) == (40, 0)
    assert there.all("SELECT username FROM users WHERE id IN (2, 6) ORDER BY id") == [("b",), ("a",)]


# -- interruptions, errors and refusals


def test_an_interrupt_stops_between_two_chunks_and_says_how_to_go_on(there: Place) -> None:
    there.users(40)

    def interrupt(row: sa.Row[Any]) -> str:
        if row.id == 10:
            signal.raise_signal(signal.SIGINT)
        return "DE"

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt) as raised:
        there.backfill("users", {"country": interrupt})
    assert signal.getsignal(signal.SIGINT) is before
    rows = "14 rows of users are filled"
    assert str(raised.value) == f"stopped between two chunks: {rows}; run it again, and it goes on from there"
    assert there.one("SELECT count(*) FROM users WHERE country = 'DE'") == 14, "the chunk was finished"
    assert there.backfill("users", {"country": "'DE'"}).rows == 26


def test_a_row_that_cannot_be_filled_is_named_and_those_before_it_are_kept(there: Place) -> None:
    there.users(40)
    there.run("CREATE UNIQUE INDEX once ON users (country)", "INSERT INTO users VALUES (99, 'x', 'USER26')")
    values = {"country": "upper(username)"}
    with pytest.raises(BackfillError) as raised:
        there.backfill("users", values, key="id")
    said = str(raised.value)
    assert said.startswith("users: the row with id = 26 can't be filled: "), said
    assert said.endswith("; 25 rows before are filled; correct it, and run it again: it goes on from here"), said
    assert there.one("SELECT count(*) FROM users WHERE country IS NOT NULL") == 26
    there.run("DELETE FROM users WHERE id = 99")
    assert there.backfill("users", values).left == 0


def test_a_function_that_fails_is_told_with_its_row(there: Place) -> None:
    there.users(10)
    with pytest.raises(BackfillError) as raised:
        there.backfill("users", {"country": lambda row: 1 / (row.id - 9)}, key="id")
    assert str(raised.value).startswith(
        "users, id = 9: the function for country failed: ZeroDivisionError: division by zero;"
    )


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no such table": ({"table": "usres"}, "there is no table 'usres' in .*users"),
    "no table at all": ({"table": 7}, "table is a name"),
    "no such column": ({"values": {"county": "'DE'"}}, "users has no column 'county'.*country"),
    "no values": ({"values": {}}, "values says what"),
    "values that aren't SQL": ({"values": {"country": "'DE"}}, "can't be filled|can't be asked"),
    "a word without quotes": ({"values": {"country": "DE"}}, "can't be filled: .*DE"),
    "empty values": ({"values": {"country": " "}}, "values is empty"),
    "a list": ({"values": {"country": ["DE"]}}, "is a list"),
    "where that isn't SQL": (
        {"where": "country IS NUL"},
        "users: where can't be asked for: .*; nothing has been changed",
    ),
    "where of another kind": ({"where": 7}, "where is SQL"),
    "where that holds for ever": ({"where": "id > 0"}, "where still holds for the row with .* = 1 once it is filled"),
    "overwrite without where": ({"overwrite": True}, "overwrite=True .* say which rows"),
    "where that wants to overwrite": (
        {"values": {"username": "'x'"}, "where": "username <> 'x'"},
        "where still holds for .*; values that are there stay, unless overwrite=True",
    ),
    "no such key": ({"key": ["nr"]}, "users has no column 'nr'.*key"),
    "an empty key": ({"key": []}, "key names no column"),
    "a key that may be NULL": ({"key": "country"}, "users.country may be NULL"),
    "the key itself": ({"values": {"id": "7"}}, "users.id is the key"),
    "where on an alias": (
        {"where": aliased(User).country.is_(None)},
        "where has columns of an alias of users, and not of users alone",
    ),
    "values of another table": ({"values": {"country": sa.table("t", sa.column("a")).c.a}}, "values.* columns of t,"),
    "a model of some rows": ({"table": Manager}, "Manager is some rows of the table users: .* by `where`"),
    "no budget": ({"lock_budget": 0}, "lock_budget is in seconds"),
    "no pause": ({"pause": -1}, "pause is in seconds"),
    "too long": ({"values": {"country": "'%s'" % ("x" * 30)}}, "can't be filled"),
}


def test_what_makes_no_sense_gets_one_line_before_anything_is_changed(there: Place) -> None:
    there.users(10)
    before = there.all("SELECT * FROM users ORDER BY id")
    for name, (options, said) in BAD.items():
        if name == "too long" and there.kind.dialect == "sqlite":
            continue  # it takes texts of any length
        with pytest.raises(BackfillError, match=said) as raised:
            there.backfill(**{"table": "users", "values": {"country": "'DE'"}, **options})
        assert "\n" not in str(raised.value), name
        assert there.all("SELECT * FROM users ORDER BY id") == before, name


def test_a_table_without_a_key_asks_for_one(on_a_server: Place) -> None:
    on_a_server.run("CREATE TABLE visits (day int NOT NULL, size int)", "INSERT INTO visits (day) VALUES (1), (1), (2)")
    with pytest.raises(BackfillError, match="visits has no primary key: name columns that are unique"):
        on_a_server.backfill("visits", {"size": "1"})
    assert on_a_server.backfill("visits", {"size": "1"}, key="day").rows == 3


def test_one_big_transaction_is_refused_with_the_reason(there: Place) -> None:
    there.users(10)
    with there.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE users SET username = 'mine' WHERE id = 1")
        with pytest.raises(BackfillError, match=r"inside a transaction, and all locks would last .*autocommit_block"):
            backfill(connection, "users", {"country": "'DE'"})
        assert connection.in_transaction()
    assert there.all("SELECT username, country FROM users WHERE id = 1") == [("mine", None)]


@pytest.mark.parametrize("connection", [None, "sqlite://"])
def test_what_is_no_connection_is_refused(connection: Any) -> None:
    with pytest.raises(BackfillError, match=r"connection|Connection"):
        backfill(connection, "users", {"country": "'DE'"})


def test_the_connection_is_given_back_as_it_was(there: Place) -> None:
    there.users(10)
    with there.engine.connect() as connection:
        backfill(connection, "users", {"country": "'DE'"}, progress=False)
        assert not connection.in_transaction()
        connection.exec_driver_sql("UPDATE users SET country = 'IT'")
        connection.rollback()
        if there.kind.dialect == "postgresql":
            assert connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "0"
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
        if there.kind.dialect == "mysql":
            assert connection.exec_driver_sql("SELECT @@innodb_lock_wait_timeout").scalar_one() == 50
            assert connection.exec_driver_sql("SELECT @@lock_wait_timeout").scalar_one() == 86400
        if there.kind.dialect == "sqlite":
            assert connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one() == 1000
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    assert there.all("SELECT DISTINCT country FROM users") == [("DE",)], "a transaction can be undone again"


def test_real_transactions_of_an_application_on_sqlite_are_no_hindrance(in_a_file: Place) -> None:
    """By the recipe of SQLAlchemy's documentation, each transaction begins with a BEGIN of its own."""
    in_a_file.users(40)

    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    event.listen(in_a_file.engine, "begin", begin)
    seen = []

    def look(row: sa.Row[Any]) -> str:
        with in_a_file.kind.connect(in_a_file.url).connect() as other:
            seen.append(other.exec_driver_sql("SELECT count(*) FROM users WHERE country IS NOT NULL").scalar_one())
        return "DE"

    assert in_a_file.backfill("users", {"country": look}).rows == 40
    assert {7, 14} <= set(seen)


def test_an_engine_that_commits_by_itself_goes_on_doing_so(there: Place) -> None:
    there.users(20)
    engine = sa.create_engine(there.engine.url, module=there.engine.dialect.loaded_dbapi, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        backfill(connection, "users", {"country": "'DE'"}, progress=False)
        connection.exec_driver_sql("UPDATE users SET country = 'IT' WHERE id = 3")
    engine.dispose()
    assert there.all("SELECT id FROM users WHERE country = 'IT'") == [(3,)]


def test_a_functions_values_never_go_to_another_row_of_the_same_key(there: Place) -> None:
    there.run("CREATE TABLE visits (day int NOT NULL, name varchar(9), up varchar(9))")
    there.insert("visits", [{"day": 0, "name": f"n{number}"} for number in range(3)])
    with pytest.raises(BackfillError, match=r"visits has more than one row with day = 0.* or give the value as SQL"):
        there.backfill("visits", {"up": lambda row: row.name.upper()}, key="day")
    assert there.backfill("visits", {"up": "upper(name)"}, key="day").rows == 3
    assert there.all("SELECT up FROM visits ORDER BY up") == [("N0",), ("N1",), ("N2",)]


def test_a_value_that_stays_stays_to_the_last_digit(there: Place) -> None:
    """As a float, it would have fewer."""
    there.run("CREATE TABLE sums (id int PRIMARY KEY, amount bigint)")
    there.insert("sums", [{"id": 1, "amount": None}, {"id": 2, "amount": 2**53 + 1}])
    one = "1::float8" if there.kind.dialect == "postgresql" else "1e0"
    with pytest.raises(BackfillError, match=r"where still holds for the row with .* = 2"):
        there.backfill("sums", {"amount": one}, "amount IS NULL OR id = 2")
    assert there.all("SELECT amount FROM sums ORDER BY id") == [(1,), (2**53 + 1,)]


@pytest.mark.parametrize(
    ("key", "kind"),
    [("mariadb", "ENUM('web','app')"), ("mariadb", "FLOAT"), ("mariadb", "BIT(4)"), ("postgresql", "real")],
)
def test_a_key_that_is_ordered_otherwise_than_compared_is_refused(key: str, kind: str, tmp_path: Path) -> None:
    with place(key, tmp_path) as there:
        there.run(f"CREATE TABLE things (kind {kind}, id int NOT NULL UNIQUE, v int, PRIMARY KEY (kind, id))")
        there.insert("things", [{"kind": 1, "id": number} for number in range(20)])
        with pytest.raises(BackfillError, match=r"things\.kind is of the type .*: name other columns as key"):
            there.backfill("things", {"v": "1"})
        assert there.backfill("things", {"v": "1"}, key="id").rows == 20


def test_sqlites_primary_key_that_may_be_null_is_walked_by_the_rows_number(in_a_file: Place) -> None:
    in_a_file.run("CREATE TABLE t (id text PRIMARY KEY, v int)", "INSERT INTO t (id) VALUES (NULL), (NULL), ('a')")
    with pytest.raises(BackfillError, match=r"t\.id may be NULL"):
        in_a_file.backfill("t", {"v": "1"}, key="id")
    assert in_a_file.backfill("t", {"v": "1"}).rows == 3


def test_values_are_set_in_the_order_in_which_they_are_given(there: Place) -> None:
    """MariaDB sees in one what it has just set in another."""
    there.run("CREATE TABLE sums (id int PRIMARY KEY, total int, before_it int)", "INSERT INTO sums VALUES (1, 7, 0)")
    there.backfill("sums", {"before_it": "total", "total": "total * 2"}, "total < 10", overwrite=True)
    assert there.all("SELECT before_it, total FROM sums") == [(7, 14)]


def test_where_may_be_a_text_with_parameters(there: Place) -> None:
    there.users(20)
    where = sa.text("country IS NULL AND username <> 'a\\:b' AND id > :least").bindparams(least=5)
    assert there.backfill("users", {"country": "'DE'"}, where).rows == 15


def test_documents_are_compared_as_they_were_and_none_is_null(there: Place) -> None:
    kind = "jsonb" if there.kind.dialect == "postgresql" else "json"
    there.run(f"CREATE TABLE things (id int PRIMARY KEY, document {kind}, copied {kind})")
    column = sa.column("document", sa.JSON)
    with there.engine.begin() as connection:
        connection.execute(sa.insert(sa.table("things", sa.column("id"), column)), [{"id": 1, "document": {"a": [1]}}])
        connection.exec_driver_sql("INSERT INTO things (id) VALUES (2)")

    def change(row: sa.Row[Any]) -> Any:
        if row.document is None:
            return None
        row.document["b"] = 2
        return row.document

    if there.kind.dialect == "mysql":  # its JSON is a text
        change = lambda row: row.document  # noqa: E731
    done = there.backfill("things", {"copied": change})
    assert (done.rows, done.left) == (2, 1)
    assert there.one("SELECT count(*) FROM things WHERE copied IS NULL") == 1


def test_that_nothing_is_left_is_counted_and_not_believed(there: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    there.users(9)
    monkeypatch.setattr(Chunks, "end", lambda *_, **__: None)  # as where no order finds a row
    assert there.backfill("users", {"country": "'DE'"}).left == 9


def test_an_interrupt_while_the_end_is_counted_is_heard(there: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    there.users(9)
    count = Chunks.count_left

    def interrupted(chunks: Chunks, *part: Any) -> int:
        signal.raise_signal(signal.SIGINT)
        return count(chunks, *part)

    monkeypatch.setattr(Chunks, "count_left", interrupted)
    with pytest.raises(KeyboardInterrupt):
        there.backfill("users", {"country": "'DE'"})
    assert there.one("SELECT count(*) FROM users WHERE country = 'DE'") == 9


def test_a_connection_that_goes_away_is_told(on_a_server: Place) -> None:
    on_a_server.users(40)
    own = "pg_backend_pid()" if on_a_server.kind.dialect == "postgresql" else "connection_id()"
    end = "SELECT pg_terminate_backend({})" if on_a_server.kind.dialect == "postgresql" else "KILL {}"
    with on_a_server.engine.connect() as connection:
        number = connection.exec_driver_sql(f"SELECT {own}").scalar_one()
        connection.rollback()

        def kill_it(row: sa.Row[Any]) -> str:
            if row.id == 20:
                on_a_server.all(end.format(number)) if "SELECT" in end else on_a_server.run(end.format(number))
            return "DE"

        with pytest.raises(BackfillError, match="the connection is gone: run it again"):
            backfill(connection, "users", {"country": kill_it}, progress=False)
    assert on_a_server.backfill("users", {"country": "'DE'"}).left == 0


def test_a_file_that_somebody_has_for_themselves_is_waited_for(tmp_path: Path) -> None:
    with place("sqlite", tmp_path) as there:
        there.users(9)
        held = threading.Event()

        def hold() -> None:
            with there.kind.connect(there.url).connect() as other:
                other.exec_driver_sql("BEGIN EXCLUSIVE")
                held.set()
                time.sleep(0.3)
                other.rollback()

        holder = threading.Thread(target=hold)
        holder.start()
        held.wait()
        impatient = there.kind.connect(there.url.update_query_dict({"timeout": "0.01"}))
        with impatient.connect() as connection:
            done = backfill(connection, "users", {"country": "'DE'"}, progress=False)
        impatient.dispose()
        holder.join()
    assert (done.rows, done.left) == (9, 0)
