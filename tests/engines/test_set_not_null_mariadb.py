"""op.set_not_null on MariaDB: NOT NULL and nothing else, whatever the session's settings are, and what is refused."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pymysql
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import HealthCheck, Phase, given, note, settings

from engines.mariadb_server import MariaDBServer, mariadb_server
from engines.test_snapshot_mariadb_alters import quoted, run, tables
from engines.tightening import before_statement, migration
from migration_lab.operations import NotNullError, NullsError
from migration_lab.snapshot import diff, read_snapshot

ALL = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"
SHAPES = settings(
    max_examples=200 if ALL else 25,  # some 0.4 s each
    derandomize=not ALL,
    deadline=None,
    database=None,
    phases=tuple(Phase) if ALL else (Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
TRIGGER = "CREATE TRIGGER low BEFORE INSERT ON t FOR EACH ROW SET NEW.word = lower(NEW.word)"
# A column of each kind that loses something when MODIFY isn't told of it; each with the value of a row.
KINDS = {
    "comment and escapes": ("INT DEFAULT 5 COMMENT 'it''s \\\\ \\n NOT NULL, DEFAULT NULL'", "1"),
    "character set and collation": ("VARCHAR(50) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'a)b'", "'x'"),
    "timestamp without a default": ("TIMESTAMP NULL", "'2020-01-01'"),
    "ON UPDATE": ("TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'x'", "'2020-01-01'"),
    "moments of six digits": ("DATETIME(6) DEFAULT NOW(6) ON UPDATE NOW(6)", "'2020-01-01'"),
    "enum of odd words": ("ENUM('a', 'b''c', 'd,NULL', 'NOT NULL') DEFAULT 'a'", "'b''c'"),
    "inline CHECK": ("INT CHECK ({0} > 0)", "1"),
    "expression and CHECK": ("INT DEFAULT (1 + 2) COMMENT 'q' CHECK ({0} <> length('NOT NULL'))", "1"),
    "JSON": ("JSON", "'[1]'"),
    "compressed": ("VARCHAR(300) COMPRESSED DEFAULT 'x'", "'y'"),
    "invisible": ("INT INVISIBLE DEFAULT 3", "1"),
    "bits": ("BIT(3) DEFAULT b'101'", "b'1'"),
    "zerofill": ("DECIMAL(10,2) UNSIGNED ZEROFILL", "1.5"),
    "uuid": ("UUID DEFAULT UUID()", "UUID()"),
    "unique": ("INT UNIQUE", "1"),
    "blob": ("BLOB DEFAULT 'x'", "'y'"),
    "zero date": ("DATE", "'0000-00-00'"),
}


@pytest.fixture(scope="module")
def server() -> MariaDBServer:
    return mariadb_server()


@pytest.fixture
def database(server: MariaDBServer) -> Iterator[str]:
    with server.database() as name:
        yield name


@pytest.fixture
def connection(server: MariaDBServer, database: str) -> Iterator[Any]:
    with server.connect(database) as open_one:
        yield open_one


def ask(connection: Any, query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def text(connection: Any, table: str) -> str:
    return str(ask(connection, f"SHOW CREATE TABLE {quoted(table)}")[0][1])


def content(connection: Any) -> dict[str, str]:
    """A digest of each table's rows."""
    names = [name for (name,) in ask(connection, "SHOW TABLES")]
    return {
        name: hashlib.sha256(
            repr(sorted(map(repr, ask(connection, f"SELECT * FROM {quoted(name)}")))).encode()
        ).hexdigest()
        for name in names
    }


@SHAPES
@given(statements=tables(altered=True))
def test_whatever_the_table_is_that_not_null_is_all_that_differs(server: MariaDBServer, statements: list[str]) -> None:
    note(";\n".join(statements))
    with server.database() as name, server.connect(name) as connection:
        run(connection, *statements)
        run(connection, TRIGGER)
        before, lines = read_snapshot(connection), text(connection, "t").splitlines()
        targets = [c for c in before.tables["t"].columns if c.nullable and not c.generated]
        with migration(server.url(name)) as op:
            for column in targets:
                op.set_not_null("t", column.name)
        told = diff(before, read_snapshot(connection))
        assert sorted((change.name, change.attributes) for change in told.changes) == sorted(
            (column.name, ("nullable",)) for column in targets
        )
        run(connection, "DROP TRIGGER low")  # with which the server would fill a NULL in
        with server.connect(name) as loose:  # which makes up a value for each column that isn't named, not for this one
            run(loose, "SET SESSION sql_mode = ''")
            for column in targets:
                with pytest.raises(pymysql.err.IntegrityError, match=r"1048.*cannot be null"):
                    run(loose, f"INSERT INTO t ({quoted(column.name)}) VALUES (NULL)")
        run(connection, TRIGGER)
        wanted = [f"  {quoted(column.name)} " for column in targets]
        for old, new in zip(lines, text(connection, "t").splitlines(), strict=True):
            if any(old.startswith(start) for start in wanted):
                assert new == tightened(old)
            else:
                assert new == old
        with migration(server.url(name)) as op:
            for column in targets:
                op.drop_not_null("t", column.name)
        assert read_snapshot(connection) == before
        assert text(connection, "t").splitlines() == lines


def tightened(line: str) -> str:
    """A line of SHOW CREATE TABLE as the server prints it for NOT NULL: for a default of NULL, or before another."""
    told, *comment = line.partition(" COMMENT ")
    if " INVISIBLE" in told:
        return "".join([told.replace(" INVISIBLE", " NOT NULL INVISIBLE"), *comment])
    for place in (" NULL DEFAULT NULL", " DEFAULT NULL", " NULL DEFAULT", " DEFAULT"):
        head, found, tail = told.partition(place)
        if found:
            return "".join([head, " NOT NULL", " DEFAULT" * place.endswith("DEFAULT"), tail, *comment])
    raise AssertionError(f"{line!r} has no place for NOT NULL")


@pytest.mark.parametrize("mode", ["STRICT_TRANS_TABLES", "", "PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES"])
def test_no_part_of_a_column_is_lost_whatever_the_settings_are(
    server: MariaDBServer, database: str, connection: Any, mode: str
) -> None:
    names = [f"it{number}" for number in range(len(KINDS))]
    made = [f"{name} {kind.format(name)}" for name, (kind, _) in zip(names, KINDS.values(), strict=True)]
    values = [value for _, value in KINDS.values()]
    run(
        connection,
        "SET SESSION sql_mode = ''",
        f"CREATE TABLE t (id INT PRIMARY KEY, {', '.join(made)}, other INT DEFAULT 7 COMMENT 'x')",
        f"INSERT INTO t (id, {', '.join(names)}) VALUES (1, {', '.join(values)})",
    )
    lines, rows = text(connection, "t").splitlines(), content(connection)
    with migration(server.url(database)) as op:
        session = f"SET SESSION sql_mode = '{mode}', explicit_defaults_for_timestamp = 0, sql_quote_show_create = 0"
        op.get_bind().exec_driver_sql(session)
        for name in names:
            op.set_not_null("t", name)
        settings = "SELECT @@sql_mode, @@explicit_defaults_for_timestamp, @@sql_quote_show_create, @@lock_wait_timeout"
        assert op.get_bind().exec_driver_sql(settings).one() == (mode, 0, 0, 86400)
    for old, new in zip(lines, text(connection, "t").splitlines(), strict=True):
        assert new == (tightened(old) if old.startswith("  `it") else old)
    assert content(connection) == rows
    required = "SELECT column_name FROM information_schema.columns WHERE table_name = 't' AND is_nullable = 'NO'"
    assert {name for (name,) in ask(connection, required)} == {"id", *names}
    with migration(server.url(database)) as op:
        for name in names:
            op.drop_not_null("t", name)
    assert text(connection, "t").splitlines() == lines
    assert content(connection) == rows


USERS = ("CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(9))", "INSERT INTO users VALUES (1, 'adi'), (2, 'john')")


@pytest.mark.parametrize("mode", ["STRICT_TRANS_TABLES", ""])
def test_a_null_is_refused_also_outside_of_strict_mode_which_would_fill_it(
    server: MariaDBServer, database: str, connection: Any, mode: str
) -> None:
    run(connection, *USERS, "INSERT INTO users VALUES (7, NULL)")
    before = text(connection, "users"), content(connection)
    with migration(server.url(database)) as op:
        op.get_bind().exec_driver_sql(f"SET SESSION sql_mode = '{mode}'")
        with pytest.raises(NullsError) as caught:
            op.set_not_null("users", "name")
    assert str(caught.value) == (
        "users.name holds 1 NULL (id = 7): nothing was changed; fill them first, as in "
        "UPDATE users SET name = ... WHERE name IS NULL"
    )
    assert (text(connection, "users"), content(connection)) == before
    # And that which comes in between the look and the ALTER.
    run(connection, "DELETE FROM users WHERE id = 7")
    with migration(server.url(database)) as op:
        op.get_bind().exec_driver_sql(f"SET SESSION sql_mode = '{mode}'")
        before_statement(op, "ALTER TABLE `users`", lambda: run(connection, "INSERT INTO users VALUES (7, NULL)"))
        with pytest.raises(NullsError, match=r"1 NULL \(id = 7\)"):
            op.set_not_null("users", "name")
    assert (text(connection, "users"), content(connection)) == before
    assert "migration_lab" not in text(connection, "users")


@pytest.mark.parametrize(
    ("made", "names", "told"),
    [
        ("CREATE VIEW shown AS SELECT * FROM users", ("shown", "name"), "that is a view"),
        ("DO 0", ("nobody", "name"), "nobody' doesn't exist"),
        ("DO 0", ("users", "nom"), "there is no column users.nom"),
        ("ALTER TABLE users ADD g INT AS (id + 1)", ("users", "g"), "knows no NOT NULL for a generated column"),
        ("ALTER TABLE users ADD h INT INVISIBLE", ("users", "h"), "must have a default value"),
        (
            "ALTER TABLE users ADD c VARCHAR(300) COMPRESSED",
            ("users", "c"),
            "the server makes `c` .* DEFAULT '' of `c`",
        ),
        (
            "CREATE TABLE k (id INT, u INT, FOREIGN KEY (u) REFERENCES users (id) ON DELETE SET NULL)",
            ("k", "u"),
            "cannot be NOT NULL: needed in a foreign key constraint",
        ),
    ],
)
def test_what_the_server_cannot_do_or_does_otherwise_is_told_in_one_line_and_changes_nothing(
    server: MariaDBServer, database: str, connection: Any, made: str, names: tuple[str, str], told: str
) -> None:
    run(connection, *USERS, made, "UPDATE users SET name = 'x'")
    if names[1] in ("h", "c"):
        run(connection, f"UPDATE users SET {names[1]} = 1")
    before = read_snapshot(connection)
    with migration(server.url(database)) as op, pytest.raises(NotNullError, match=told) as caught:
        op.set_not_null(*names)
    assert "\n" not in str(caught.value)
    assert read_snapshot(connection) == before


def test_a_partitioned_table_and_one_of_another_database_are_done(server: MariaDBServer, database: str) -> None:
    with server.database() as other, server.connect(other) as connection:
        run(
            connection,
            "CREATE TABLE `my % users` (id INT, `a%` INT COMMENT 'x') PARTITION BY HASH (id) PARTITIONS 2",
            "INSERT INTO `my % users` VALUES (1, 1)",
        )
        before = text(connection, "my % users")
        with migration(server.url(database)) as op, op.batch_alter_table("my % users", schema=other) as batch:
            batch.set_not_null("A%")
        assert text(connection, "my % users") == before.replace("DEFAULT NULL COMMENT", "NOT NULL COMMENT")


def test_a_partitioned_table_of_which_the_server_makes_something_else_is_as_it_was(
    server: MariaDBServer, database: str, connection: Any
) -> None:
    run(
        connection,
        "CREATE TABLE t (id INT, c VARCHAR(300) COMPRESSED COMMENT 'x') PARTITION BY HASH (id) PARTITIONS 2",
        "INSERT INTO t VALUES (1, 'x')",
    )
    before = text(connection, "t"), content(connection)
    altered: list[str] = []
    with migration(server.url(database)) as op:
        before_statement(op, "ALTER TABLE `t`", lambda: altered.append("t"))
        with pytest.raises(NotNullError, match="the server makes `c`"):
            op.set_not_null("t", "c")
    assert altered  # since it can't be tried on an empty copy
    assert (text(connection, "t"), content(connection)) == before


def test_a_column_that_counts_stays_not_null_and_goes_on_counting(
    server: MariaDBServer, database: str, connection: Any
) -> None:
    run(
        connection,
        "CREATE TABLE t (id INT AUTO_INCREMENT COMMENT 'x', name VARCHAR(9), KEY (id)) AUTO_INCREMENT = 7",
        "INSERT INTO t (name) VALUES ('adi')",
    )
    before = text(connection, "t")
    with migration(server.url(database)) as op:
        op.set_not_null("t", "id")  # it is so already
        with pytest.raises(NotNullError, match="the server makes `id`"):
            op.drop_not_null("t", "id")
        assert text(connection, "t") == before
        op.set_not_null("t", "name")
    assert text(connection, "t") == before.replace("DEFAULT NULL", "NOT NULL")
    run(connection, "INSERT INTO t (name) VALUES ('john')")
    assert ask(connection, "SELECT id FROM t ORDER BY id") == ((7,), (8,))


def test_where_a_setting_is_fixed_what_the_server_would_add_is_told_and_the_rest_is_done(
    server: MariaDBServer, database: str, connection: Any
) -> None:
    run(connection, *USERS, "ALTER TABLE users ADD seen TIMESTAMP NULL DEFAULT NULL", "UPDATE users SET seen = NOW()")
    before = text(connection, "users")
    with migration(server.url(database)) as op:
        op.get_bind().exec_driver_sql("SET SESSION explicit_defaults_for_timestamp = 0")

        @sa.event.listens_for(op.get_bind().engine, "before_cursor_execute", retval=True)
        def fixed(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> tuple[str, Any]:
            """As on an older one: the server itself refuses to set what is read-only."""
            return statement.replace("SESSION explicit_defaults_for_timestamp", "SESSION version_comment"), parameters

        with pytest.raises(NotNullError, match=r"the server makes `seen` .* ON UPDATE") as caught:
            op.set_not_null("users", "seen")
        assert "\n" not in str(caught.value)
        assert text(connection, "users") == before
        op.set_not_null("users", "name")
    assert text(connection, "users") == before.replace("`name` varchar(9) DEFAULT NULL", "`name` varchar(9) NOT NULL")


def test_a_lock_is_waited_for_briefly_and_then_again(server: MariaDBServer, database: str, connection: Any) -> None:
    run(connection, *USERS)
    with server.connect(database, autocommit=False) as reader:
        ask(reader, "SELECT * FROM users")
        with (
            migration(server.url(database)) as op,
            pytest.raises(NotNullError, match=r"needs, 1 times .*timeout exceeded"),
        ):
            op.set_not_null("users", "name", lock_timeout=1, attempts=1)
        timer = threading.Timer(0.3, reader.rollback)
        timer.start()
        start = time.monotonic()
        with migration(server.url(database)) as op:
            op.set_not_null("users", "name", lock_timeout=1)
        timer.join()
        assert time.monotonic() - start > 0.2
    assert "`name` varchar(9) NOT NULL" in text(connection, "users")


def test_without_a_connection_it_is_refused() -> None:
    written = io.StringIO()
    context = MigrationContext.configure(url="mariadb+pymysql://", opts={"as_sql": True, "output_buffer": written})
    op: Any = Operations(context)
    with pytest.raises(NotNullError, match=r"whole definition, which only the database knows: run .* without --sql"):
        op.set_not_null("users", "name")
    assert written.getvalue() == ""
