"""op.set_not_null on PostgreSQL: NOT NULL and nothing else, no row touched, no long lock, and what is refused."""

from __future__ import annotations

import io
import os
import re
import threading
import time
from typing import Any

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import HealthCheck, Phase, given, note, settings

from engines.random_tables_postgresql import databases, quoted
from engines.servers import Server
from engines.tightening import before_statement, migration
from migration_lab.operations import NotNullError, NullsError
from migration_lab.snapshot import Table, diff, read_snapshot

ALL = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"
SHAPES = settings(
    max_examples=200 if ALL else 20,  # some 0.3 s each, on two servers
    derandomize=not ALL,
    deadline=None,
    database=None,
    phases=tuple(Phase) if ALL else (Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
USERS = "CREATE TABLE users (id int PRIMARY KEY, is_active boolean); INSERT INTO users VALUES (1, true), (2, false)"
# The catalogue, row by row, but for what a NOT NULL is made of, and what statistics move.
CATALOGUE = {
    "pg_class": "SELECT relname, relfilenode, relkind, relnatts, relchecks, relhasindex, relhastriggers, reloptions,"
    " relpersistence, relrowsecurity, relreplident, relacl::text FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace",
    "pg_attribute": "SELECT to_jsonb(a) - 'attnotnull' FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid"
    " WHERE relnamespace = 'public'::regnamespace",
    "pg_constraint": "SELECT c FROM pg_constraint AS c WHERE contype <> 'n'",
    **{
        table: f"SELECT t::text FROM {table} AS t"
        for table in (
            "pg_attrdef",
            "pg_index",
            "pg_trigger",
            "pg_policy",
            "pg_rewrite",
            "pg_description",
            "pg_inherits",
        )
    },
}


def catalogue(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    return {name: sorted(map(str, connection.execute(query).fetchall())) for name, query in CATALOGUE.items()}


def rows(connection: psycopg.Connection[Any], table: str) -> list[str]:
    """Each row with its place and the transaction that wrote it: one that was written again differs."""
    return sorted(map(str, connection.execute(f"SELECT ctid, xmin, t::text FROM {quoted(table)} AS t".encode())))


def dumped(server: Server, name: str) -> list[bytes]:
    """pg_dump's lines, but for a key that is new each time."""
    return [line for line in server.dump(name).splitlines() if b"restrict " not in line]


def not_null(connection: psycopg.Connection[Any], table: str = "users") -> tuple[dict[str, bool], list[str]]:
    """Whether each column may be NULL, and the names of all constraints that aren't keys."""
    columns = connection.execute(
        "SELECT attname, attnotnull FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [quoted(table)]
    )
    constraints = connection.execute(
        "SELECT conname || CASE WHEN convalidated THEN '' ELSE ' NOT VALID' END FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype <> 'p' AND conname <> 'users_id_not_null' ORDER BY 1",
        [quoted(table)],
    )
    return dict(columns.fetchall()), [name for (name,) in constraints]


def check_null_is_refused(connection: psycopg.Connection[Any], table: Table, column: str) -> None:
    """A row like one that is there, but for that one NULL, is refused because of it. Without a row, nothing is told."""
    names = [one.name for one in table.columns if not one.generated]
    values = ["NULL" if name == column else quoted(name) for name in names]
    insert = f"INSERT INTO {quoted(table.name)} ({', '.join(map(quoted, names))}) OVERRIDING SYSTEM VALUE "
    if table.row_count:
        with pytest.raises(psycopg.errors.NotNullViolation) as caught:
            connection.execute(f"{insert} SELECT {', '.join(values)} FROM {quoted(table.name)} LIMIT 1".encode())
        assert caught.value.diag.column_name == column


@SHAPES
@given(script=databases())
def test_whatever_the_tables_are_it_does_what_a_plain_set_not_null_does_and_touches_no_row(
    server: Server, script: str
) -> None:
    note(script)
    with server.database() as name, server.connect(name, autocommit=True) as connection:
        connection.execute(script.encode())
        before, seen = catalogue(connection), read_snapshot(connection)
        targets = [
            (table.name, column.name)
            for table in seen.tables.values()
            for column in table.columns
            if column.nullable and (column.name != "parent_id" or table.row_count == 0)
        ]
        kept = {table: rows(connection, table) for table, _ in targets}
        with migration(server.url(name)) as op:
            for table, column in targets:
                op.set_not_null(table, column)
        assert catalogue(connection) == before
        assert {table: rows(connection, table) for table, _ in targets} == kept
        told = diff(seen, read_snapshot(connection))
        assert sorted((change.table, change.name, change.attributes) for change in told.changes) == sorted(
            (table, column, ("nullable",)) for table, column in targets
        )
        for table, column in targets:
            if column != "calculated":  # whose value nobody can give
                check_null_is_refused(connection, seen.tables[table], column)
        dump = dumped(server, name)
        with migration(server.url(name)) as op:
            for table, column in targets:
                op.drop_not_null(table, column)
        assert read_snapshot(connection) == seen
        for table, column in targets:
            connection.execute(f"ALTER TABLE {quoted(table)} ALTER {quoted(column)} SET NOT NULL".encode())
        assert dumped(server, name) == dump


def test_a_partitioned_table_and_one_in_a_schema_are_done(server: Server, database: str) -> None:
    with server.connect(database, autocommit=True) as connection:
        connection.execute(
            'CREATE SCHEMA "My" CREATE TABLE "My"."Users" (id int, "is % active" int) PARTITION BY RANGE (id);'
            'CREATE TABLE "My".first PARTITION OF "My"."Users" FOR VALUES FROM (0) TO (9);'
            'INSERT INTO "My".first VALUES (1, 1)'
        )
        for _ in range(2):
            with migration(server.url(database)) as op, op.batch_alter_table("Users", schema="My") as batch:
                batch.set_not_null("is % active")
        with pytest.raises(psycopg.errors.NotNullViolation):
            connection.execute('INSERT INTO "My"."Users" VALUES (2, NULL)')
        with migration(server.url(database)) as op, op.batch_alter_table("Users", schema="My") as batch:
            batch.drop_not_null("is % active")
        connection.execute('INSERT INTO "My"."Users" VALUES (2, NULL)')


@pytest.fixture
def users(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A connection to a database with two users."""
    connection.execute(USERS)
    return connection


@pytest.fixture
def url(server: Server, database: str) -> str:
    return server.url(database)


AS_BEFORE: tuple[dict[str, bool], list[str]] = ({"id": True, "is_active": False}, [])


def done(server: Server) -> tuple[dict[str, bool], list[str]]:
    return {"id": True, "is_active": True}, ["users_is_active_not_null"] if server.version >= 18 else []


def test_nulls_are_told_and_nothing_is_left_behind(users: psycopg.Connection[Any], url: str) -> None:
    users.execute("INSERT INTO users VALUES (7, NULL)")
    with migration(url) as op, pytest.raises(NullsError) as caught:
        op.set_not_null("users", "is_active")
    assert str(caught.value) == (
        "users.is_active holds 1 NULL (id = 7): nothing was changed; fill them first, as in "
        "UPDATE users SET is_active = ... WHERE is_active IS NULL"
    )
    assert not_null(users) == AS_BEFORE


def test_a_null_that_comes_in_meanwhile_is_told_and_nothing_is_left_behind(
    users: psycopg.Connection[Any], url: str
) -> None:
    with migration(url) as op:
        before_statement(op, "ALTER TABLE", lambda: users.execute("INSERT INTO users VALUES (7, NULL)"))
        with pytest.raises(NullsError, match=r"1 NULL \(id = 7\)"):
            op.set_not_null("users", "is_active")
    assert not_null(users) == AS_BEFORE


@pytest.mark.parametrize("names", [("nobody", "is_active"), ("users", "isactive"), ("shown", "is_active")])
def test_what_is_no_column_of_a_table_is_told(users: psycopg.Connection[Any], url: str, names: tuple[str, str]) -> None:
    users.execute("CREATE VIEW shown AS SELECT * FROM users")
    with (
        migration(url) as op,
        pytest.raises(NotNullError, match=f"there is no column {names[0]}.{names[1]} of a table"),
    ):
        op.set_not_null(*names)


def test_a_key_that_cannot_be_null_is_told_in_the_servers_words(users: psycopg.Connection[Any], url: str) -> None:
    with migration(url) as op, pytest.raises(NotNullError, match=r'users\.id: column "id" is in a primary key$'):
        op.drop_not_null("users", "id")


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ({"transaction_per_migration": False}, "transaction_per_migration=True"),
        ({}, None),
        ({"transaction_per_migration": False, "transactional_ddl": False}, None),
    ],
    ids=["one transaction for all", "one for each migration", "one for each, since DDL counts as none"],
)
def test_a_transaction_that_others_share_is_refused_with_the_reason(
    server: Server, users: psycopg.Connection[Any], url: str, options: dict[str, bool], remedy: str | None
) -> None:
    if remedy is None:
        with migration(url, **options) as op:
            op.set_not_null("users", "is_active")
        assert not_null(users) == done(server)
        return
    with migration(url, **options) as op, pytest.raises(NotNullError, match=f"everybody would wait .*{remedy}"):
        op.set_not_null("users", "is_active")
    assert not_null(users) == AS_BEFORE
    with migration(url, **options) as op, op.get_context().autocommit_block():
        op.set_not_null("users", "is_active")
    assert not_null(users) == done(server)
    with migration(url, **options) as op:
        op.set_not_null("users", "is_active")  # it is so already: nothing that could wait
        op.drop_not_null("users", "is_active")
        assert not_null(server.connect(users.info.dbname)) != AS_BEFORE  # it belongs to the transaction
    assert not_null(users) == AS_BEFORE


# Each statement before which a run may end, and what it leaves there, by version.
STEPS = {
    True: {
        "ADD NOT NULL": AS_BEFORE,
        "VALIDATE": ({"id": True, "is_active": True}, ["users_is_active_not_null NOT VALID"]),
    },
    False: {
        "ADD CONSTRAINT": AS_BEFORE,
        "VALIDATE": ({"id": True, "is_active": False}, ["not_null_in_progress_is_active NOT VALID"]),
        "SET NOT NULL": ({"id": True, "is_active": False}, ["not_null_in_progress_is_active"]),
        "DROP CONSTRAINT": ({"id": True, "is_active": False}, ["not_null_in_progress_is_active"]),
    },
}


def test_after_a_failure_before_any_step_another_run_goes_on_and_the_inverse_goes_back(
    server: Server, users: psycopg.Connection[Any], url: str
) -> None:
    def stop() -> None:
        raise InterruptedError("as if killed")

    for statement, left in STEPS[server.version >= 18].items():
        for go_on in (True, False):
            with migration(url) as op:
                before_statement(op, statement, stop)
                with pytest.raises(InterruptedError):
                    op.set_not_null("users", "is_active")
            assert not_null(users) == left, statement
            if go_on:
                with migration(url) as op:
                    op.set_not_null("users", "is_active")
                assert not_null(users) == done(server), statement
            with migration(url) as op:
                op.drop_not_null("users", "is_active")
            assert not_null(users) == AS_BEFORE, statement


def test_a_lock_is_waited_for_briefly_and_others_go_on_meanwhile(
    server: Server, users: psycopg.Connection[Any], url: str
) -> None:
    with server.connect(users.info.dbname) as reader, server.connect(users.info.dbname, autocommit=True) as other:
        reader.execute("SELECT * FROM users")
        other.execute("SET statement_timeout = '5s'")
        waits: list[float] = []
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                start = time.monotonic()
                other.execute("UPDATE users SET is_active = true WHERE id = 1")
                waits.append(time.monotonic() - start)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            with migration(url) as op, pytest.raises(NotNullError, match=r"needs, 3 times \(.*lock timeout.*run the"):
                op.set_not_null("users", "is_active", lock_timeout=0.1, attempts=3)
        finally:
            stop.set()
            thread.join()
        assert not_null(users) == AS_BEFORE
        assert len(waits) > 3  # one after each attempt, at least
        timer = threading.Timer(0.5, reader.rollback)
        timer.start()
        with migration(url) as op:
            op.set_not_null("users", "is_active", lock_timeout=0.1)
            assert op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar() == "0"
        timer.join()
    assert not_null(users) == done(server)


def test_old_rows_are_checked_without_keeping_writers_out(
    users: psycopg.Connection[Any], server: Server, url: str
) -> None:
    with server.connect(users.info.dbname) as writer:

        def write() -> None:
            writer.execute("UPDATE users SET is_active = false WHERE id = 2")  # and doesn't commit

        with migration(url) as op:
            before_statement(op, "VALIDATE", write)
            before_statement(op, "SET NOT NULL", writer.commit)
            op.set_not_null("users", "is_active", attempts=1, lock_timeout=0.2)
        writer.commit()
    assert not_null(users) == done(server)


def test_on_versions_before_12_it_is_the_plain_statement(
    users: psycopg.Connection[Any], url: str, server: Server
) -> None:
    statements: list[str] = []
    with migration(url, transaction_per_migration=False) as op:
        op.get_bind().dialect.server_version_info = (11, 22)
        before_statement(op, "VALIDATE", lambda: statements.append("VALIDATE"))
        before_statement(op, "SET NOT NULL", lambda: statements.append("SET NOT NULL"))
        op.set_not_null("users", "is_active")
    assert statements == ["SET NOT NULL"]
    assert not_null(users) == done(server)


def test_a_guard_with_a_long_name_is_found_again(users: psycopg.Connection[Any], url: str) -> None:
    name = "étage" * 10
    users.execute(f'ALTER TABLE users ADD "{name}" int DEFAULT 1')
    with migration(url) as op:
        op.set_not_null("users", name)
        assert not_null(users)[0][name]
        op.drop_not_null("users", name)
    assert not not_null(users)[0][name]
    assert not_null(users)[1] == []


@pytest.mark.parametrize("each", [True, False], ids=["one transaction for each migration", "one for all"])
def test_the_script_for_a_database_that_is_not_at_hand_does_it_on_either_version(
    server: Server, users: psycopg.Connection[Any], url: str, each: bool
) -> None:
    written = io.StringIO()
    options = {"as_sql": True, "output_buffer": written, "transaction_per_migration": each}
    context = MigrationContext.configure(url="postgresql+psycopg://", opts=options)
    with context.begin_transaction(), context.begin_transaction(_per_migration=True):
        op: Any = Operations(context)
        op.set_not_null("users", "is_active")
    server.script(users.info.dbname, written.getvalue().encode())
    assert not_null(users) == done(server)
    words = re.findall(r"BEGIN|COMMIT|NOT VALID|VALIDATE|SET NOT NULL", written.getvalue())
    assert words == ["BEGIN", "COMMIT", "NOT VALID", "VALIDATE", "BEGIN", "SET NOT NULL", "COMMIT", "BEGIN", "COMMIT"]
