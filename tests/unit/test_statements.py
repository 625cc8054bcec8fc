"""Recording what reaches the database: every statement, its transactions where they really begin, and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.pool import NullPool

from migration_lab import Lesson, open_lesson
from migration_lab.engines import sqlite
from migration_lab.lessons import scratch
from migration_lab.migrations.statements import Statement, record_statements


@pytest.fixture(params=["sqlite3", "pysqlite3"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Engine]:
    """An engine on a database with one table, on each driver."""
    pytest.importorskip(request.param)
    monkeypatch.setenv(sqlite.VARIABLE, request.param)
    made = create_engine(f"{sqlite.url_scheme()}:///{tmp_path / 'a.db'}", poolclass=NullPool)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT NOT NULL UNIQUE)"))
    yield made
    made.dispose()


def words(statements: list[Statement]) -> list[str]:
    return [statement.sql for statement in statements]


def test_the_drivers_begin_stands_before_the_first_write_and_not_before_a_read_or_ddl(engine: Engine) -> None:
    with record_statements() as statements, engine.begin() as connection:
        connection.execute(text("SELECT 1"))
        connection.execute(text("CREATE TABLE u (x)"))
        connection.execute(text("INSERT INTO t VALUES (1, 'a'), (2, 'b')"))
        connection.execute(text("UPDATE t SET x = x || '!' WHERE id = :id"), {"id": 1})
    insert, update = "INSERT INTO t VALUES (1, 'a'), (2, 'b')", "UPDATE t SET x = x || '!' WHERE id = ?"
    assert [sql.rstrip() for sql in words(statements)] == [
        "SELECT 1", "CREATE TABLE u (x)", "BEGIN", insert, update, "COMMIT"
    ]  # fmt: skip
    assert [statement.kind for statement in statements] == [
        "read", "schema", "transaction", "data", "data", "transaction"
    ]  # fmt: skip
    assert [statement.rows for statement in statements] == [None, None, None, 2, 1, None]
    assert statements[4].parameters == (1,)
    assert all(statement.seconds is not None for statement in statements if statement.kind != "transaction")
    assert all(statement.error == "" for statement in statements)


def test_a_real_transaction_begins_where_it_was_asked_to(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def leave_it_to_us(connection: Any, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    with record_statements() as statements, engine.begin() as connection:
        connection.execute(text("CREATE TABLE u (x)"))
        connection.execute(text("INSERT INTO t VALUES (1, 'a')"))
    assert words(statements) == ["BEGIN", "CREATE TABLE u (x)", "INSERT INTO t VALUES (1, 'a')", "COMMIT"]


@pytest.mark.parametrize(
    ("sql", "begun", "error"),
    [
        ("ALTER TABLE t ADD COLUMN y TEXT NOT NULL", False, "Cannot add a NOT NULL column"),
        ("ALTER TABLE nowhere ADD COLUMN y", False, "no such table: nowhere"),
        ("SELECT y FROM t", False, "no such column: y"),
        ("INSERT INTO t VALUES (1, NULL)", True, "NOT NULL constraint failed: t.x"),
    ],
)
def test_a_refused_statement_is_there_with_the_databases_words(
    engine: Engine, sql: str, begun: bool, error: str
) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (7, 'seven')"))
    with record_statements() as statements:
        with pytest.raises((OperationalError, IntegrityError)), engine.begin() as connection:
            connection.execute(text(sql))
        with engine.begin() as connection:  # what comes after it is in its place
            connection.execute(text("DELETE FROM t"))
    after = ["BEGIN", "DELETE FROM t", "COMMIT"]
    expected = ["BEGIN", sql, "ROLLBACK", *after] if begun else [sql, *after]
    assert [sql.rstrip() for sql in words(statements)] == expected
    refused = statements[expected.index(sql)]
    assert error in refused.error
    assert (refused.seconds, refused.rows) == (None, None)
    assert [statement.error for statement in statements if statement is not refused] == [""] * (len(statements) - 1)


def test_a_refused_commit_and_a_refused_begin_are_told(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE c (t_id REFERENCES t DEFERRABLE INITIALLY DEFERRED)"))
    with record_statements() as statements, engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        connection.execute(text("INSERT INTO c VALUES (99)"))
        with pytest.raises(IntegrityError):
            connection.commit()
    refused = [statement for statement in statements if statement.error]
    assert [(statement.sql, statement.error) for statement in refused] == [("COMMIT", "FOREIGN KEY constraint failed")]

    with record_statements() as statements, engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        with pytest.raises(OperationalError):
            connection.exec_driver_sql("BEGIN")
    errors = [statement.error for statement in statements if statement.sql == "BEGIN"]
    assert errors == ["", "cannot start a transaction within a transaction"]


def test_savepoints_and_a_rollback_are_recorded(engine: Engine) -> None:
    with record_statements() as statements, engine.connect() as connection:
        connection.execute(text("INSERT INTO t VALUES (1, 'a')"))
        with connection.begin_nested():
            connection.execute(text("INSERT INTO t VALUES (2, 'b')"))
        connection.rollback()
    kinds = [sql.split()[0] for sql in words(statements)]
    assert kinds == ["BEGIN", "INSERT", "SAVEPOINT", "INSERT", "RELEASE", "ROLLBACK"]


def test_many_rows_in_one_call_are_one_statement(engine: Engine) -> None:
    with record_statements() as statements, engine.begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (:id, :x)"), [{"id": n, "x": str(n)} for n in range(50)])
    assert [statement.rows for statement in statements if statement.kind == "data"] == [50]


def test_a_migration_is_recorded_though_env_py_makes_its_own_engine(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(scratch.VARIABLE, str(tmp_path / "scratch"))
    lesson = open_lesson("02_failure")
    with record_statements() as statements:
        command.downgrade(lesson.config, "base")
    lesson.close()
    assert "\nDROP TABLE users" in words(statements)
    assert any(sql.startswith("DELETE FROM alembic_version") for sql in words(statements))
    assert Lesson._open == {}


def test_nothing_is_recorded_and_nothing_listens_after_the_block(engine: Engine) -> None:
    other = create_engine(engine.url)  # with a pool, whose connection outlives the block
    with pytest.raises(OperationalError), record_statements() as statements, other.connect() as connection:
        connection.execute(text("SELECT y"))
    assert len(statements) == 1
    with other.begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (1, 'a')"))
    assert len(statements) == 1
    for dispatch in (engine.dispatch, other.dispatch):  # with those of the class
        for name in ("before_cursor_execute", "after_cursor_execute"):
            assert list(getattr(dispatch, name)) == []
    other.dispose()


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("  begin immediate", "transaction"),
        ("ROLLBACK TO x", "transaction"),
        ("\n\tselect 1", "read"),
        ("PRAGMA table_info(t)", "read"),
        ("PRAGMA foreign_keys = ON", "schema"),
        ("CREATE TABLE t (x)", "schema"),
        ("DROP TABLE t", "schema"),
        ("INSERT INTO t SELECT * FROM u", "data"),
        ("WITH x AS (SELECT 1) UPDATE t SET x = 1", "data"),
        ("beginning", "data"),
    ],
)
def test_each_statement_has_its_kind(sql: str, kind: str) -> None:
    assert Statement(sql).kind == kind
