"""op.set_not_null on SQLite: what is refused and how, whose transaction it is, and a schema that nobody may edit."""

from __future__ import annotations

import ctypes
import io
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from engines.tightened_sqlite import everything
from test_set_not_null import database

from migration_lab.operations import NotNullError, NullsError, sqlite
from migration_lab.operations.sqlite_text import with_not_null

USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, is_active BOOLEAN, name TEXT);"
FILLED = USERS + "INSERT INTO users VALUES (1, 1, 'adi'), (2, 0, 'john');"
HAS_SETCONFIG = sys.version_info >= (3, 12)


@pytest.fixture(params=["sqlite3", "pysqlite3"])
def driver(request: pytest.FixtureRequest) -> ModuleType:
    """Each driver: the standard library's, and the package with a newer SQLite, where it is installed."""
    module: ModuleType = pytest.importorskip(request.param)
    return module


def test_nulls_are_told_with_table_column_count_keys_and_remedy_in_one_line(driver: ModuleType) -> None:
    some = "INSERT INTO users (id, is_active) VALUES (1, 1), (2, NULL), (5, NULL), (7, NULL), (9, NULL);"
    with database(driver, USERS + some) as (raw, op):
        before = everything(raw)
        with pytest.raises(NullsError) as caught:
            op.set_not_null("users", "is_active")
        assert everything(raw) == before
        assert not raw.in_transaction
    assert str(caught.value) == (
        "users.is_active holds 4 NULLs (id = 2, 5, 7, ...): nothing was changed; fill them first, as in "
        "UPDATE users SET is_active = ... WHERE is_active IS NULL"
    )
    assert (caught.value.count, caught.value.keys) == (4, ((2,), (5,), (7,)))


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            "CREATE TABLE t (a, b, c, PRIMARY KEY (a, b)); INSERT INTO t VALUES (1, 'x', NULL)",
            "1 NULL ((a, b) = (1, 'x'))",
        ),
        ("CREATE TABLE t (c); INSERT INTO t VALUES (1), (NULL), (NULL)", "2 NULLs (rowid = 2, 3)"),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, c); WITH RECURSIVE n(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t (id) SELECT i FROM n",
            "1,000 NULLs or more (id = 1, 2, 3, ...)",
        ),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, c AS (nullif(id, 2))); INSERT INTO t VALUES (1), (2)",
            "1 NULL (id = 2)",
        ),
    ],
)
def test_nulls_are_counted_up_to_a_thousand_and_known_by_their_key(driver: ModuleType, script: str, told: str) -> None:
    with database(driver, script) as (_, op), pytest.raises(NullsError) as caught:
        op.set_not_null("t", "c")
    assert str(caught.value).startswith(f"t.c holds {told}: nothing was changed;")


@pytest.mark.parametrize(
    ("table", "column", "told"),
    [
        ("nobody", "is_active", "there is no table 'nobody' in 'main'"),
        ("users", "isactive", "users has no column 'isactive'"),
        ("seen", "is_active", "seen is a view"),
        ("words", "text", "words is a virtual table"),
        ("sqlite_stat1", "stat", "sqlite_stat1 is SQLite’s own"),
        ("SQLITE_STAT1", "stat", "sqlite_stat1 is SQLite’s own"),
    ],
)
def test_what_has_no_such_rule_is_refused_in_one_line(driver: ModuleType, table: str, column: str, told: str) -> None:
    more = "CREATE VIEW seen AS SELECT * FROM users; CREATE VIRTUAL TABLE words USING fts5(text); ANALYZE;"
    with database(driver, FILLED + more) as (raw, op):
        before = everything(raw)
        with pytest.raises(NotNullError) as caught:
            op.set_not_null(table, column)
        assert everything(raw) == before
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_a_key_that_cannot_be_null_stays_so(driver: ModuleType) -> None:
    with database(driver, "CREATE TABLE t (id INT PRIMARY KEY, c) WITHOUT ROWID") as (raw, op):
        before = everything(raw)
        op.set_not_null("t", "id")  # it is so already
        with pytest.raises(NotNullError, match=r"t\.id is part of a key"):
            op.drop_not_null("t", "id")
        assert everything(raw) == before


def test_what_is_so_already_is_left_alone_its_on_conflict_too(driver: ModuleType) -> None:
    with database(driver, "CREATE TABLE t (a INT CONSTRAINT nn NOT NULL ON CONFLICT IGNORE, b INT)") as (raw, op):
        before = everything(raw)
        op.set_not_null("t", "a")
        op.drop_not_null("t", "b")
        assert everything(raw) == before


def test_dropping_takes_the_whole_clause_and_leaves_every_comment(driver: ModuleType) -> None:
    text = "t (a INT -- the age\n CONSTRAINT [n n] NOT /* ever */ NULL ON CONFLICT ABORT DEFAULT 5, b INT not null)"
    with database(driver, f"CREATE TABLE {text}") as (raw, op):
        op.drop_not_null("t", "a")
        op.drop_not_null("t", "B")
        (stored,) = raw.execute("SELECT sql FROM sqlite_master").fetchone()
    assert stored == "CREATE TABLE t (a INT -- the age\n  /* ever */  DEFAULT 5, b INT)"


@pytest.mark.parametrize(
    ("misread", "told"),
    [
        (lambda sql, _: with_not_null(sql, "name"), r"users\.is_active is part of a key"),
        (lambda sql, column: with_not_null(with_not_null(sql, "name"), column), "would read the table otherwise"),
        (lambda sql, column: with_not_null(sql, column).replace("TEXT", "BLOB"), "would read the table otherwise"),
        (lambda sql, _: sql[:-1], "can’t read the table’s new text"),
        (lambda sql, _: sql.replace("CREATE", "CREATED"), "can’t read the table’s new text"),
        (lambda sql, _: sql.replace("users", "people"), "can’t read the table’s new text"),
    ],
    ids=["another column", "two columns", "another type", "an end that is missing", "no statement", "another table"],
)
def test_a_text_that_is_written_wrong_is_noticed_before_the_end_and_taken_back(
    driver: ModuleType, monkeypatch: pytest.MonkeyPatch, misread: Callable[[str, str], str], told: str
) -> None:
    monkeypatch.setattr(sqlite, "with_not_null", misread)
    with database(driver, FILLED + "CREATE INDEX by_name ON users (name);") as (raw, op):
        before = everything(raw)
        with pytest.raises(NotNullError, match=told):
            op.set_not_null("users", "is_active")
        assert everything(raw) == before
        assert not raw.in_transaction
        raw.execute("INSERT INTO users VALUES (3, NULL, NULL)")


@pytest.mark.parametrize("clause", ["", " REFERENCES users NOT DEFERRABLE"])
def test_from_3_53_on_its_own_statement_does_it_unless_that_takes_more_along(driver: ModuleType, clause: str) -> None:
    # SQLite 3.53.4 takes a NOT DEFERRABLE for the beginning of a NOT NULL, and removes it.
    with database(driver, f"CREATE TABLE users (id INTEGER PRIMARY KEY, boss INT{clause})") as (raw, op):
        statements: list[str] = []
        raw.set_trace_callback(statements.append)
        op.set_not_null("users", "boss")
        (stored,) = raw.execute("SELECT sql FROM sqlite_master").fetchone()
        assert stored == f"CREATE TABLE users (id INTEGER PRIMARY KEY, boss INT{clause} NOT NULL)"
        native = any("ALTER COLUMN" in statement for statement in statements)
        edited = any("writable_schema" in statement for statement in statements)
        assert native is (driver.sqlite_version_info >= (3, 53))
        assert edited is (not native or bool(clause))


def test_an_attached_database_is_changed_by_its_name_and_its_namesake_is_not(driver: ModuleType) -> None:
    with database(driver, f"{FILLED} ATTACH ':memory:' AS other; CREATE TABLE other.users (is_active);") as (raw, op):
        before = everything(raw)
        op.set_not_null("users", "is_active", schema="other")
        assert everything(raw) == before
        assert raw.execute("SELECT sql FROM other.sqlite_master").fetchall() == [
            ("CREATE TABLE users (is_active NOT NULL)",)
        ]
        with pytest.raises(NotNullError, match="no database 'third' here"):
            op.set_not_null("users", "is_active", schema="third")


def test_in_a_batch_it_comes_after_what_came_before_and_rebuilds_nothing(driver: ModuleType) -> None:
    trigger = "CREATE TRIGGER watch AFTER DELETE ON users BEGIN SELECT 1; END;"
    with database(driver, USERS + trigger) as (raw, op):
        with op.batch_alter_table("users") as batch:
            batch.add_column(sa.Column("age", sa.Integer()))
            batch.set_not_null("age")
            batch.set_not_null("name")
        with op.batch_alter_table("users") as batch:
            batch.drop_not_null("name")
        stored = dict(raw.execute("SELECT name, sql FROM sqlite_master").fetchall())
    assert stored == {
        "users": "CREATE TABLE users (id INTEGER PRIMARY KEY, is_active BOOLEAN, name TEXT, age INTEGER NOT NULL)",
        "watch": trigger.removesuffix(";"),
    }


def operations(context: MigrationContext) -> Any:
    """Alembic's operations; Any, since a type checker can't know those that are registered."""
    return Operations(context)


# -- Transactions


def connect(driver: ModuleType, path: Path, *, recipe: bool) -> sa.Engine:
    """An engine on a file; with SQLAlchemy's recipe for real transactions, if asked for."""
    engine = sa.create_engine(f"sqlite:///{path}", module=driver, poolclass=sa.NullPool)
    if recipe:

        @sa.event.listens_for(engine, "connect")
        def leave_it_to_us(raw: Any, _: object) -> None:
            raw.isolation_level = None

        @sa.event.listens_for(engine, "begin")
        def begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN")

    return engine


def seen_by_another(driver: ModuleType, path: Path) -> tuple[bool, str]:
    """Whether the column is NOT NULL, and the first name, in the committed file.

    By the same driver: two SQLites in one process don't see each other's locks.
    """
    with closing(driver.connect(path)) as other:
        (required,) = other.execute(
            "SELECT \"notnull\" FROM pragma_table_info('users') WHERE name = 'is_active'"
        ).fetchone()
        return bool(required), other.execute("SELECT name FROM users WHERE id = 1").fetchone()[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "app.db")) as raw:
        raw.executescript(FILLED)
    return tmp_path / "app.db"


@pytest.mark.parametrize("recipe", [False, True], ids=["plain driver", "recipe"])
@pytest.mark.parametrize("written", [False, True], ids=["nothing written yet", "something written"])
def test_a_transaction_that_is_open_goes_on_and_its_end_decides(
    driver: ModuleType, path: Path, recipe: bool, written: bool
) -> None:
    engine = connect(driver, path, recipe=recipe)
    for end, name in (("rollback", "adi"), ("commit", "eva")):
        with engine.connect() as connection:
            op = operations(MigrationContext.configure(connection))
            if written:
                op.execute("UPDATE users SET name = 'eva' WHERE id = 1")
            op.set_not_null("users", "is_active")
            inside = recipe or written
            assert seen_by_another(driver, path) == (not inside, "adi")
            getattr(connection, end)()
        ended = not inside or end == "commit"
        assert seen_by_another(driver, path) == (ended, name if written else "adi")
        with engine.connect() as connection:
            operations(MigrationContext.configure(connection)).drop_not_null("users", "is_active")
            connection.commit()


@pytest.mark.parametrize("recipe", [False, True], ids=["plain driver", "recipe"])
def test_a_refusal_leaves_an_open_transaction_as_it_was(driver: ModuleType, path: Path, recipe: bool) -> None:
    with connect(driver, path, recipe=recipe).connect() as connection:
        op = operations(MigrationContext.configure(connection))
        op.execute("UPDATE users SET name = 'eva', is_active = NULL WHERE id = 1")
        with pytest.raises(NullsError):
            op.set_not_null("users", "is_active")
        connection.commit()
    assert seen_by_another(driver, path) == (False, "eva")


@pytest.mark.parametrize("recipe", [False, True], ids=["plain driver", "recipe"])
def test_it_works_in_an_autocommit_block_and_is_committed_behind_it(
    driver: ModuleType, path: Path, recipe: bool
) -> None:
    with connect(driver, path, recipe=recipe).connect() as connection:
        context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
        with context.begin_transaction(_per_migration=True):
            op = operations(context)
            with context.autocommit_block():
                op.set_not_null("users", "is_active")
            assert seen_by_another(driver, path) == (True, "adi")


def test_a_commit_that_a_reader_keeps_out_takes_all_back(driver: ModuleType, path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{path}", module=driver, poolclass=sa.NullPool, connect_args={"timeout": 0.1})
    with closing(driver.connect(path)) as reader, engine.connect() as connection:
        reading = reader.execute("SELECT * FROM users")
        reading.fetchone()
        op = operations(MigrationContext.configure(connection))
        with pytest.raises(sa.exc.OperationalError, match="database is locked"):
            op.set_not_null("users", "is_active")
        assert not connection.connection.driver_connection.in_transaction  # type: ignore[union-attr]
        reading.close()
        assert seen_by_another(driver, path) == (False, "adi")
        op.set_not_null("users", "is_active")
    assert seen_by_another(driver, path) == (True, "adi")


def test_a_connection_that_knew_the_old_schema_obeys_the_new_one(driver: ModuleType, path: Path) -> None:
    with closing(driver.connect(path)) as other, connect(driver, path, recipe=False).connect() as connection:
        insert = "INSERT INTO users (is_active) VALUES (NULL)"
        other.execute(insert)
        other.rollback()
        operations(MigrationContext.configure(connection)).set_not_null("users", "is_active")
        with pytest.raises(other.IntegrityError, match=r"NOT NULL constraint failed: users\.is_active"):
            other.execute(insert)


# -- A schema that nobody may edit


def defend(raw: Any) -> None:
    """Switch on SQLITE_DBCONFIG_DEFENSIVE, as some systems build it in. Python can say so from 3.12 on."""
    if HAS_SETCONFIG:
        raw.setconfig(1010, True)
        return
    import _sqlite3

    library = ctypes.CDLL(_sqlite3.__file__)
    handle = ctypes.c_void_p.from_address(id(raw) + object.__basicsize__)  # the connection's first field
    assert library.sqlite3_db_config(handle, 1010, 1, None) == 0


needs_edit = pytest.mark.skipif(
    sqlite3.sqlite_version_info >= (3, 53), reason="this Python's own SQLite has a statement for it"
)


@needs_edit
def test_where_the_schema_is_defended_a_table_that_loses_nothing_is_rebuilt() -> None:
    with database(sqlite3, FILLED) as (raw, op):
        defend(raw)
        rows = everything(raw)["rows"]
        op.set_not_null("users", "is_active")
        after = everything(raw)
        assert after["rows"] == rows
        assert [row[3] for row in after["columns"]["users"]] == [0, 1, 0]
        op.drop_not_null("users", "is_active")
        assert [row[3] for row in everything(raw)["columns"]["users"]] == [0, 0, 0]


@needs_edit
def test_where_the_schema_is_defended_a_loss_is_named_and_refused_until_it_is_accepted() -> None:
    trigger = "CREATE TRIGGER watch AFTER DELETE ON users BEGIN SELECT 1; END;"
    with database(sqlite3, FILLED + trigger) as (raw, op):
        defend(raw)
        before = everything(raw)
        with pytest.raises(NotNullError, match=r"users: trigger watch vanished.*accept_losses=True"):
            op.set_not_null("users", "is_active")
        assert everything(raw) == before
        op.set_not_null("users", "is_active", accept_losses=True)
        after = everything(raw)
    assert after["rows"] == before["rows"]
    assert [row[1] for row in after["schema"]] == ["users"]


@needs_edit
@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("CREATE VIEW seen AS SELECT name FROM users;", "batch mode fails .*error in view seen"),
        ("UPDATE users SET is_active = NULL;", "holds 2 NULLs"),
        (
            "PRAGMA foreign_keys = ON; CREATE TABLE orders (user_id REFERENCES users ON DELETE CASCADE);"
            "INSERT INTO orders VALUES (1);",
            "act on rows of orders .*PRAGMA foreign_keys = OFF",
        ),
    ],
)
def test_where_the_schema_is_defended_what_batch_mode_cannot_do_changes_nothing(more: str, told: str) -> None:
    with database(sqlite3, FILLED + more) as (raw, op):
        defend(raw)
        before = everything(raw)
        with pytest.raises(NotNullError, match=told):
            op.set_not_null("users", "is_active", accept_losses=True)
        assert everything(raw) == before


# -- Without a connection


def offline(url: str, **options: Any) -> tuple[MigrationContext, Any]:
    written = io.StringIO()
    return MigrationContext.configure(url=url, opts={"as_sql": True, "output_buffer": written, **options}), written


def test_without_a_connection_the_statement_is_written_where_that_sqlite_has_it() -> None:
    context, written = offline("sqlite+pysqlite3://")
    op = operations(context)
    op.set_not_null("my users", "is_active")
    op.drop_not_null("users", "is_active", schema="other")
    assert written.getvalue().split("\n\n")[:-1] == [
        'ALTER TABLE "main"."my users" ALTER COLUMN "is_active" SET NOT NULL;',
        'ALTER TABLE "other"."users" ALTER COLUMN "is_active" DROP NOT NULL;',
    ]


@needs_edit
def test_without_a_connection_an_older_sqlite_is_refused() -> None:
    context, written = offline("sqlite://")
    with pytest.raises(NotNullError, match=r"this needs SQLite 3\.53 or newer, and here is"):
        operations(context).set_not_null("users", "is_active")
    assert written.getvalue() == ""


def test_an_engine_without_a_way_is_told() -> None:
    context, _ = offline("oracle+oracledb://")
    with pytest.raises(NotNullError, match=r"no way to change NOT NULL on oracle .*op\.alter_column\("):
        operations(context).set_not_null("users", "is_active")
