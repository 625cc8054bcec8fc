"""Snapshots of PostgreSQL: what they see, what they leave alone, and what they cost."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from engines.servers import Server
from migration_lab.exercises.evidence import Evidence
from migration_lab.exercises.requirements import column, default, no_default
from migration_lab.snapshot import (
    Cell,
    Check,
    Column,
    ForeignKey,
    Index,
    IndexPart,
    Part,
    PrimaryKey,
    Snapshot,
    SnapshotError,
    Table,
    Unique,
    diff,
    read_snapshot,
    snapshot_url,
)

Connection = psycopg.Connection[Any]
HOSTILE = [
    'users"; drop table x; --',
    "it's",
    "a`b",
    "%s ? :x %(y)s",
    "ta\nble",
    "größe 🦆",
    "select",
    " ",
    "<b>&amp;",
    "a.b",
    "{x}",
    "row's place",
]


def only_table(connection: Connection, script: str, **limits: Any) -> Table:
    connection.execute(script)
    (table,) = read_snapshot(connection, **limits).tables.values()
    return table


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.page.rows]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def test_a_plain_table_reads_as_it_does_on_sqlite(connection: Connection) -> None:
    table = only_table(
        connection,
        """CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50) NOT NULL UNIQUE,
        email VARCHAR(200), is_active BOOLEAN DEFAULT true NOT NULL, logins INTEGER DEFAULT '0' NOT NULL,
        country VARCHAR(2) DEFAULT 'de', made TIMESTAMP DEFAULT CURRENT_TIMESTAMP, CHECK (username <> ''));
        CREATE INDEX ix_email ON users (email, lower(username) DESC) WHERE email IS NOT NULL""",
    )
    assert table.columns == (
        Column("id", "INTEGER", nullable=False),
        Column("username", "VARCHAR(50)", nullable=False),
        Column("email", "VARCHAR(200)", nullable=True),
        Column("is_active", "BOOLEAN", nullable=False, default="true"),
        Column("logins", "INTEGER", nullable=False, default="0"),
        Column("country", "VARCHAR(2)", nullable=True, default="'de'"),
        Column("made", "TIMESTAMP", nullable=True, default="CURRENT_TIMESTAMP"),
    )
    assert table.primary_key == PrimaryKey(("id",), "users_pkey")
    assert table.uniques == (Unique(("username",), "users_username_key"),)
    assert table.checks == (Check("username <> ''", "users_username_check"),)
    parts = (IndexPart("email"), IndexPart("lower(username)", descending=True))
    assert table.indexes == (Index("ix_email", parts, where="email IS NOT NULL"),)
    assert (table.parts, table.options, table.comments) == ((), frozenset(), ())


def test_requirements_that_are_written_for_sqlite_hold(server: Server, database: str) -> None:
    users = sa.Table(
        "users",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("display_name", sa.String(80)),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("country", sa.String(2), server_default="de"),
        sa.Column("made", sa.DateTime, server_default=sa.func.now()),
    )
    engine = sa.create_engine(server.url(database), poolclass=sa.NullPool)
    users.metadata.create_all(engine)
    shot = snapshot_url(server.url(database))
    evidence = Evidence("0001", ("0002",), shot, shot, shot, Path())
    for requirement, holds in (
        (column("users", "display_name", "VARCHAR(80)", nullable=True), True),
        (column("users", "display_name", "VARCHAR(50)"), False),
        (column("users", "is_active", "BOOLEAN", nullable=False), True),
        (no_default("users", "display_name"), True),
        (default("users", "country"), True),
        (default("users", "country", computed=True), False),
        (default("users", "made", computed=True), True),
    ):
        (finding,) = requirement.judge(evidence)
        assert finding.right == holds, finding


def test_what_only_postgresql_has_is_told(connection: Connection) -> None:
    connection.execute("""
        CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
        CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY (START 5), name text COLLATE "C" NOT NULL,
            mood mood DEFAULT 'sad', age positive, price numeric(10, 2), made timestamptz(3), tags text[],
            twice bigint GENERATED ALWAYS AS (id * 2) STORED, during tsrange,
            PRIMARY KEY (id) INCLUDE (age), UNIQUE (age) DEFERRABLE, EXCLUDE USING gist (during WITH &&))
            WITH (fillfactor = 70);
        CREATE TABLE orders (user_id bigint REFERENCES users ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED);
        ALTER TABLE orders ADD CONSTRAINT late CHECK (user_id > 7) NOT VALID;
        CREATE UNIQUE INDEX ix ON users (name text_pattern_ops NULLS FIRST, (lower(name)) COLLATE "POSIX")
            INCLUDE (mood) NULLS NOT DISTINCT;
        CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM users; CREATE INDEX ix_n ON counted (n);
        COMMENT ON TABLE users IS 'people'; COMMENT ON COLUMN users.name IS 'login'; COMMENT ON INDEX ix IS 'why';
        CREATE SEQUENCE free INCREMENT 5; ALTER TABLE users REPLICA IDENTITY FULL""")
    snapshot = read_snapshot(connection)
    users, orders = snapshot.tables["users"], snapshot.tables["orders"]
    assert users.columns[:8] == (
        Column("id", "BIGINT", nullable=False, identity="ALWAYS"),
        Column("name", "TEXT", nullable=False, collation="C", comment="login"),
        Column("mood", "mood", nullable=True, default="'sad'"),
        Column("age", "positive", nullable=True),
        Column("price", "NUMERIC(10,2)", nullable=True),
        Column("made", "TIMESTAMP(3) WITH TIME ZONE", nullable=True),
        Column("tags", "TEXT[]", nullable=True),
        Column("twice", "BIGINT", nullable=True, generated="stored", options=frozenset({"AS (id * 2)"})),
    )
    assert users.primary_key == PrimaryKey(("id",), "users_pkey", frozenset({"INCLUDE (age)"}))
    assert users.uniques == (Unique(("age",), "users_age_key", frozenset({"DEFERRABLE"})),)
    (index,) = users.indexes
    assert index.parts == (
        IndexPart("name", options=frozenset({"text_pattern_ops", "NULLS FIRST"})),
        IndexPart("lower(name)", collation="POSIX"),
    )
    assert (index.unique, set(index.options)) == (True, {"INCLUDE (mood)", "NULLS NOT DISTINCT"})
    assert set(users.parts) == {
        Part("storage parameter", "fillfactor", "70"),
        Part("replica identity", "", "FULL"),
        Part("exclusion", "users_during_excl", "EXCLUDE USING gist (during WITH &&)"),
        Part("comment", "on index ix", "why"),
        Part("sequence", "users_id_seq", "of id START WITH 5"),
    }
    assert users.comments == ("people",)
    clause = "DEFERRABLE INITIALLY DEFERRED"
    (key,) = orders.foreign_keys
    assert key == ForeignKey(
        ("user_id",), "users", ("id",), on_delete="SET NULL", deferrable=clause, name="orders_user_id_fkey"
    )
    assert orders.checks == (Check("user_id > 7", "late", frozenset({"NOT VALID"})),)
    assert snapshot.views["counted"].options == {"MATERIALIZED"}
    assert [one.name for one in snapshot.views["counted"].indexes] == ["ix_n"]
    assert snapshot.parts == (
        Part("domain", "positive", "INTEGER CONSTRAINT positive_check CHECK (VALUE > 0)"),
        Part("enum", "mood", "'sad', 'ok'"),
        Part("sequence", "free", "INCREMENT BY 5"),
    )


def test_not_null_is_a_constraint_with_a_name_and_may_be_not_valid(server: Server, connection: Connection) -> None:
    if server.version < 18:
        with pytest.raises(psycopg.errors.SyntaxError):
            connection.execute("CREATE TABLE t (a integer); ALTER TABLE t ADD CONSTRAINT c NOT NULL a NOT VALID")
        return
    long = "ö" * 31
    connection.execute(f"""CREATE TABLE t (a integer CONSTRAINT mine NOT NULL, b integer, "{long}" integer NOT NULL,
        v integer GENERATED ALWAYS AS (a + 1) VIRTUAL);
        CREATE TABLE "{long}" ("{long}" integer NOT NULL)""")
    before = read_snapshot(connection)
    assert [column.not_null_name for column in before.tables["t"].columns] == ["mine", None, None, None]
    assert [column.not_null_name for column in before.tables[long].columns] == [None]
    assert before.tables["t"].columns[3] == Column(
        "v", "INTEGER", nullable=True, generated="virtual", options=frozenset({"AS (a + 1)"})
    )
    connection.execute("ALTER TABLE t ADD CONSTRAINT b_set NOT NULL b NOT VALID")
    marked = read_snapshot(connection)
    connection.execute("ALTER TABLE t VALIDATE CONSTRAINT b_set")
    valid = read_snapshot(connection)
    assert diff(before, marked).describe() == [
        "t: column b changed: nullable yes -> no; name of NOT NULL none -> b_set; now NOT NULL NOT VALID"
    ]
    assert diff(marked, valid).describe() == ["t: column b changed: no longer NOT NULL NOT VALID"]
    assert (diff(before, marked).lost, diff(marked, valid).lost) == ((), ())
    assert len(diff(valid, before).lost) == 1


def test_the_rule_reads_the_same_after_postgresql_has_read_its_own_text(connection: Connection) -> None:
    connection.execute("CREATE TABLE t (s varchar(9) CHECK (s IN ('a', 'b''::text')), n text CHECK (n <> s))")
    (text,) = connection.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 't_s_check'"
    ).fetchone() or ("",)
    first = read_snapshot(connection)
    connection.execute(f"ALTER TABLE t DROP CONSTRAINT t_s_check; ALTER TABLE t ADD CONSTRAINT t_s_check {text}")
    assert read_snapshot(connection) == first
    assert {check.text for check in first.tables["t"].checks} == {"s = ANY (ARRAY['a', 'b''::text'])", "n <> s"}


def test_hostile_names_are_only_names(connection: Connection) -> None:
    columns = ", ".join(f"{quoted(column)} text" for column in HOSTILE)
    names = ", ".join(map(quoted, HOSTILE))
    values = ", ".join(["%s"] * len(HOSTILE))
    for name in HOSTILE:
        connection.execute(f"""CREATE TABLE {quoted(name)} ({columns}, UNIQUE ({names}));
            CREATE INDEX {quoted("ix" + name)} ON {quoted(name)} ({names});
            CREATE TYPE {quoted("e" + name)} AS ENUM ('a');
            CREATE FUNCTION {quoted("f" + name)}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER {quoted("g" + name)} BEFORE INSERT ON {quoted(name)} EXECUTE FUNCTION {quoted("f" + name)}();
            CREATE VIEW {quoted("v" + name)} AS SELECT * FROM {quoted(name)}""")
        connection.execute(f"INSERT INTO {quoted(name).replace('%', '%%')} VALUES ({values})", HOSTILE)
    snapshot = read_snapshot(connection)
    assert list(snapshot.tables) == HOSTILE
    assert list(snapshot.views) == [f"v{name}" for name in HOSTILE]
    for name in HOSTILE:
        table = snapshot.tables[name]
        assert [column.name for column in table.columns] == HOSTILE
        assert [unique.columns for unique in table.uniques] == [tuple(HOSTILE)]
        assert [part.expression for part in table.indexes[0].parts] == HOSTILE
        assert [trigger.name for trigger in table.triggers] == [f"g{name}"]
        assert texts(table) == [HOSTILE]


def test_a_table_outside_the_search_path_is_named_with_its_schema(connection: Connection) -> None:
    connection.execute("""CREATE SCHEMA a; CREATE TABLE a.b (x integer PRIMARY KEY REFERENCES a.b);
        CREATE TABLE "a.b" (y integer); CREATE TABLE a.c (x integer); CREATE TABLE c (z integer REFERENCES a.b)""")
    tables = read_snapshot(connection).tables
    assert {name: table.columns[0].name for name, table in tables.items()} == {
        '"a"."b"': "x",
        "a.b": "y",
        "a.c": "x",
        "c": "z",
    }
    assert tables["c"].foreign_keys[0].table == '"a"."b"'
    connection.execute("SET search_path = a")
    assert {"b", "c", "public.c", "public.a.b"} == set(read_snapshot(connection).tables)


def test_values_keep_their_kind_and_are_bounded(connection: Connection) -> None:
    connection.execute("CREATE DOMAIN whole AS integer; CREATE DOMAIN wholly AS whole")
    values = {
        "a integer": ("NULL", Cell("null", "NULL")),
        "b bigint": ("-7", Cell("integer", "-7", 2)),
        "c wholly": ("7", Cell("integer", "7", 1)),
        "d double precision": ("'NaN'", Cell("real", "NaN", 3)),
        "e numeric": ("1.50", Cell("real", "1.50", 4)),
        "f boolean": ("true", Cell("boolean", "true", 4)),
        "g text": ("repeat('🦆', 300)", Cell("text", "🦆" * 200, 300)),
        "h text": ("''", Cell("text", "", 0)),
        "i bytea": (r"decode(repeat('00ff', 20), 'hex')", Cell("blob", "00FF" * 8, 40)),
        "j timestamp": ("'infinity'", Cell("text", "infinity", 8)),
        "k timestamptz": ("'2020-02-01 12:00+02'", Cell("text", "2020-02-01 10:00:00+00", 22)),
        "l date": ("'4713-01-01 BC'", Cell("text", "4713-01-01 BC", 13)),
        "m interval": ("'1 day 2 hours'", Cell("text", "1 day 02:00:00", 14)),
        "n text[]": ("""ARRAY['a"b', NULL, '%s']""", Cell("text", '{"a\\"b",NULL,%s}', 16)),
        "o jsonb": ("""'{"a": [1, null]}'""", Cell("text", '{"a": [1, null]}', 16)),
        "p uuid": (f"'{'0' * 32}'", Cell("text", "00000000-0000-0000-0000-000000000000", 36)),
        "q text": ("E'two\\nlines'", Cell("text", "two\nlines", 9)),
    }
    # What the session likes is not what is shown.
    connection.execute("SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'iso_8601'; SET TimeZone = 'Asia/Tokyo'")
    connection.execute("SET bytea_output = 'escape'; SET extra_float_digits = -15")
    connection.execute(f"CREATE TABLE t ({', '.join(values)})")
    connection.execute(f"INSERT INTO t VALUES ({', '.join(sql for sql, _ in values.values())})")
    (row,) = read_snapshot(connection).tables["t"].page.rows
    assert dict(zip(values, row.cells, strict=True)) == {column: cell for column, (_, cell) in values.items()}
    assert connection.execute("SHOW DateStyle").fetchone() == ("SQL, DMY",)


def test_rows_come_in_the_order_of_the_key(connection: Connection) -> None:
    connection.execute("""CREATE TABLE numbered (id integer PRIMARY KEY); INSERT INTO numbered VALUES (10), (9), (2);
        CREATE TABLE two (a text, b integer, PRIMARY KEY (b, a)); INSERT INTO two VALUES ('x', 2), ('y', 1), ('x', 1);
        CREATE TABLE bare (a integer); INSERT INTO bare VALUES (2), (1); UPDATE bare SET a = 3 WHERE a = 2""")
    tables = read_snapshot(connection, page_rows=2).tables
    assert [row.key for row in tables["numbered"].page.rows] == [("2",), ("9",)]
    assert [row.key for row in tables["two"].page.rows] == [("1", "x"), ("1", "y")]
    assert texts(tables["bare"]) == [["1"], ["3"]]
    assert [tables[name].page.numbered for name in ("numbered", "two", "bare")] == [True, False, False]
    before = read_snapshot(connection, page_rows=2)
    connection.execute("INSERT INTO numbered VALUES (1)")
    assert diff(before, read_snapshot(connection, page_rows=2)).describe() == [
        "numbered: row count: 3 -> 4",
        "numbered: row 1 appeared",
    ]


def test_counting_stops_at_the_limit_and_a_page_shows_the_first_columns(connection: Connection) -> None:
    connection.execute("CREATE TABLE t (a integer, b integer, c integer); INSERT INTO t VALUES (1), (2), (3)")
    counts = {limit: read_snapshot(connection, count_limit=limit).tables["t"] for limit in (None, 0, 2, 3, 4)}
    assert {limit: (table.row_count, table.more_rows) for limit, table in counts.items()} == {
        None: (3, False),
        0: (0, True),
        2: (2, True),
        3: (3, False),
        4: (3, False),
    }
    page = read_snapshot(connection, page_columns=2).tables["t"].page
    assert (page.columns, page.hidden_columns, len(page.rows[0].cells)) == (("a", "b"), 1, 2)


def test_the_versions_are_alembics(connection: Connection) -> None:
    assert read_snapshot(connection).versions == ()
    connection.execute("""CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
        INSERT INTO alembic_version VALUES ('0002'), ('0001')""")
    assert read_snapshot(connection).versions == ("0001", "0002")


def test_the_engine_and_its_version_are_told(server: Server, connection: Connection) -> None:
    engine = read_snapshot(connection).engine
    assert (engine.name, engine.version[0]) == ("PostgreSQL", server.version)
    assert str(engine) == f"PostgreSQL {'.'.join(map(str, engine.version))}"


@pytest.mark.parametrize("autocommit", [True, False])
def test_no_transaction_and_no_setting_is_left_behind(server: Server, database: str, autocommit: bool) -> None:
    with server.connect(database, autocommit=autocommit) as connection:
        read_snapshot(connection)
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        connection.execute("CREATE TABLE t (a integer)")  # the next transaction may write
        assert connection.execute("SHOW lock_timeout").fetchone() == ("0",)
        connection.execute("DROP TABLE t")


def test_an_open_transaction_is_seen_stays_open_and_loses_no_setting(server: Server, database: str) -> None:
    with server.connect(database) as connection:
        connection.execute("SET LOCAL lock_timeout = '7s'")
        connection.execute("CREATE TABLE t (a integer)")
        connection.execute("INSERT INTO t VALUES (1)")
        assert read_snapshot(connection).tables["t"].row_count == 1
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        assert connection.execute("SHOW lock_timeout").fetchone() == ("7s",)
        locks = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'pg_class'::regclass"
        assert connection.execute(locks).fetchone() == (0,)
        connection.rollback()
        assert read_snapshot(connection).tables == {}


def test_a_connection_of_sqlalchemy_is_read_as_its_drivers(server: Server, database: str) -> None:
    engine = sa.create_engine(server.url(database), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE t (a integer)"))
        assert list(read_snapshot(connection).tables) == ["t"]
        connection.commit()
    assert list(snapshot_url(server.url(database)).tables) == ["t"]
    assert list(snapshot_url(sa.make_url(server.url(database))).tables) == ["t"]


def test_all_of_a_snapshot_is_of_one_moment(server: Server, database: str) -> None:
    with server.connect(database, autocommit=True) as writing, server.connect(database, autocommit=True) as reading:
        writing.execute("CREATE TABLE a (x integer); CREATE TABLE b (x integer)")
        done = threading.Event()

        def write() -> None:
            while not done.is_set():
                writing.execute("BEGIN; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); COMMIT")

        thread = threading.Thread(target=write)
        thread.start()
        counts = []
        try:
            for _ in range(20):
                tables = read_snapshot(reading).tables
                counts.append(tables["a"].row_count)
                assert tables["a"].row_count == tables["b"].row_count
        finally:
            done.set()
            thread.join()
        assert len(set(counts)) > 1  # others did write meanwhile


def test_others_that_change_the_schema_all_the_time_are_no_trouble(server: Server, database: str) -> None:
    with server.connect(database, autocommit=True) as writing, server.connect(database, autocommit=True) as reading:
        writing.execute("CREATE TABLE kept (x integer)")
        done = threading.Event()
        rounds = 0

        def write() -> None:
            nonlocal rounds
            while not done.is_set():
                writing.execute("CREATE TABLE t (a integer CHECK (a > 0), b text); CREATE INDEX ON t (lower(b))")
                writing.execute("CREATE VIEW v AS SELECT a FROM t; ALTER TABLE t ADD COLUMN c integer DEFAULT 3")
                writing.execute("DROP VIEW v; ALTER TABLE t DROP COLUMN b; DROP TABLE t")
                rounds += 1

        thread = threading.Thread(target=write)
        thread.start()
        try:
            for _ in range(30):
                assert "kept" in read_snapshot(reading).tables
        finally:
            done.set()
            thread.join()
        assert rounds


def test_a_locked_table_is_named_and_nothing_waits_for_it(server: Server, connection: Connection) -> None:
    connection.execute("""CREATE TABLE users (id integer PRIMARY KEY, a text); INSERT INTO users VALUES (1, 'x');
        CREATE TABLE other (b integer); CREATE VIEW seen AS SELECT a FROM users""")
    before = read_snapshot(connection)
    with server.connect(connection.info.dbname) as altering:
        altering.execute("ALTER TABLE users ADD COLUMN c integer")
        start = time.monotonic()
        during = read_snapshot(connection)
        assert time.monotonic() - start < 5
        assert during.locked == {"users", "seen"}
        assert during.tables["users"] == Table("users", "")
        assert during.tables["other"] == before.tables["other"]
        assert not diff(before, during).for_table("users")
        assert not diff(before, during)
        altering.commit()
    after = read_snapshot(connection)
    assert after.locked == frozenset()
    assert diff(before, after).describe() == ["users: column c appeared (INTEGER, NULL allowed)"]


def test_an_alter_does_not_wait_for_a_snapshot_that_was_taken(server: Server, database: str) -> None:
    with server.connect(database) as reading, server.connect(database, autocommit=True) as altering:
        altering.execute("CREATE TABLE t (a integer); CREATE VIEW v AS SELECT a FROM t")
        reading.execute("SELECT 1")  # a transaction that stays open
        read_snapshot(reading)
        altering.execute("SET lock_timeout = '2s'")
        altering.execute("ALTER TABLE t ADD COLUMN b integer")


def test_who_may_not_read_a_table_sees_what_the_catalogue_tells(server: Server, connection: Connection) -> None:
    connection.execute("""DO $$ BEGIN CREATE ROLE lab_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE TABLE secret (a integer NOT NULL); INSERT INTO secret VALUES (1);
        CREATE TABLE public_one (a integer); INSERT INTO public_one VALUES (1);
        GRANT SELECT ON public_one TO lab_reader""")
    with server.connect(connection.info.dbname, user="lab_reader") as reader:
        tables = read_snapshot(reader).tables
    assert tables["secret"].columns == (Column("a", "INTEGER", nullable=False),)
    assert (tables["secret"].page.columns, tables["secret"].row_count) == ((), 0)
    assert tables["public_one"].row_count == 1


def test_a_row_that_cannot_be_computed_hides_only_its_own_table(connection: Connection) -> None:
    connection.execute("""CREATE TABLE good (a integer); INSERT INTO good VALUES (1);
        CREATE TABLE bad (a integer); INSERT INTO bad VALUES (1); ALTER TABLE bad ENABLE ROW LEVEL SECURITY;
        ALTER TABLE bad FORCE ROW LEVEL SECURITY; CREATE POLICY p ON bad USING (1 / (a - 1) > 0);
        CREATE ROLE lab_owner; GRANT CREATE ON SCHEMA public TO lab_owner; ALTER TABLE bad OWNER TO lab_owner;
        ALTER TABLE good OWNER TO lab_owner; SET ROLE lab_owner""")
    tables = read_snapshot(connection).tables
    assert tables["good"].row_count == 1
    assert tables["bad"].page.columns == ()
    assert tables["bad"].columns == (Column("a", "INTEGER", nullable=True),)
    connection.execute("RESET ROLE; DROP OWNED BY lab_owner; DROP ROLE lab_owner")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "is no URL of a database"),
        ("nosuch://host/db", "is no URL of a database"),
        ("postgresql+psycopg://me:pa55word@localhost:1/db", "can't be read"),
    ],
)
def test_an_address_that_cannot_be_read_is_told_in_one_line_without_the_password(url: str, words: str) -> None:
    with pytest.raises(SnapshotError, match=words) as caught:
        snapshot_url(url)
    assert "\n" not in str(caught.value)
    assert "pa55word" not in str(caught.value)


def test_a_database_that_is_not_there_is_told_in_one_line(server: Server) -> None:
    with pytest.raises(SnapshotError, match='"nowhere" does not exist') as caught:
        snapshot_url(server.url("nowhere"))
    assert "\n" not in str(caught.value)


def test_two_hundred_tables_take_a_few_queries(connection: Connection) -> None:
    def queries() -> int:
        sent = 0

        class Counting(psycopg.Cursor[Any]):
            def execute(self, *arguments: Any, **named: Any) -> Any:
                nonlocal sent
                sent += 1
                return super().execute(*arguments, **named)

        connection.cursor_factory = Counting
        read_snapshot(connection)
        connection.cursor_factory = psycopg.Cursor
        return sent

    connection.execute("CREATE TABLE first (id serial PRIMARY KEY)")
    few = queries()
    for number in range(200):
        connection.execute(f"CREATE TABLE t{number} (id serial PRIMARY KEY, a text UNIQUE, CHECK (a <> ''))")
    assert queries() <= few + 20


def test_a_bounded_snapshot_reads_no_more_of_a_large_table_than_of_a_small_one(connection: Connection) -> None:
    def blocks(rows: int) -> int:
        """What the table's file and its index's were read, in blocks, for one snapshot."""
        connection.execute(f"""DROP TABLE IF EXISTS t, bare; CREATE TABLE t (id integer PRIMARY KEY, a text);
            INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, {rows}) AS i;
            CREATE TABLE bare AS SELECT * FROM t""")
        query = """SELECT coalesce(sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0)), 0)
            FROM pg_statio_user_tables"""
        connection.execute("SELECT pg_stat_force_next_flush()")
        (before,) = connection.execute(query).fetchone() or (0,)
        read_snapshot(connection, count_limit=50)
        connection.execute("SELECT pg_stat_force_next_flush()")
        (after,) = connection.execute(query).fetchone() or (0,)
        return int(after - before)

    few = blocks(100)
    assert few > 0
    assert blocks(100_000) <= few + 10


def test_snapshots_are_equal_while_nothing_changes(connection: Connection) -> None:
    connection.execute("CREATE TABLE t (id serial PRIMARY KEY, a text DEFAULT 'x'); INSERT INTO t DEFAULT VALUES")
    first: Snapshot = read_snapshot(connection)
    assert read_snapshot(connection) == first
    connection.execute("UPDATE t SET a = 'y'")
    assert diff(first, read_snapshot(connection)).describe() == ["t: row 1 changed: a 'x' -> 'y'"]
