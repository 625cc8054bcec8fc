"""Snapshots of MariaDB: what they see, what they leave alone, and what they cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest
import sqlalchemy as sa

from engines.mariadb_server import MariaDBServer, mariadb_server
from migration_lab.exercises.evidence import Evidence
from migration_lab.exercises.requirements import column, default, no_default
from migration_lab.snapshot import (
    Cell,
    Check,
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

HOSTILE = ["users`; drop table x; --", "it's", 'a"b', "[a]", "%s ? :x", "%", "ta\nble", "größe", "select", "b\\", "<b>"]


@pytest.fixture(scope="module")
def server() -> MariaDBServer:
    return mariadb_server()


@pytest.fixture
def database(server: MariaDBServer) -> Iterator[str]:
    with server.database() as name:
        yield name


@pytest.fixture
def connection(server: MariaDBServer, database: str) -> Iterator[Any]:
    with server.connect(database) as opened:
        yield opened


def run(connection: Any, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def value(connection: Any, query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def status(connection: Any, name: str) -> int:
    counted = f"SELECT variable_value FROM information_schema.session_status WHERE variable_name = '{name}'"
    return int(value(connection, counted))


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def only_table(connection: Any, *statements: str, **limits: Any) -> Table:
    run(connection, *statements)
    (table,) = read_snapshot(connection, **limits).tables.values()
    return table


def plain_case(engine: sa.Engine) -> Snapshot:
    """A model as in the lessons, made by SQLAlchemy."""
    metadata = sa.MetaData()
    sa.Table("teams", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("username", sa.String(50), unique=True, nullable=False),
        sa.Column("email", sa.String(100), server_default="no'ne"),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("price", sa.Numeric(10, 2)),
        sa.Column("about", sa.Text),
        sa.Column("settings", sa.JSON),
        sa.Column("photo", sa.LargeBinary),
        sa.Column("born", sa.Date),
        sa.Column("created_at", sa.DateTime, server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("age", sa.Integer, sa.CheckConstraint("age > 0")),
        sa.Column("team_id", sa.Integer, sa.ForeignKey("teams.id", ondelete="CASCADE")),
    )
    metadata.create_all(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "INSERT INTO users (id, username, is_active, price, photo, born, created_at) "
            "VALUES (1, 'adi', 1, 1.5, x'00ff', '2024-02-29', '2024-02-29 12:00:00')"
        )
        connection.commit()
        return read_snapshot(connection)


def test_the_plain_case_reads_as_on_sqlite(server: MariaDBServer, database: str) -> None:
    here = plain_case(sa.create_engine(server.url(database))).tables["users"]
    there = plain_case(sa.create_engine("sqlite://")).tables["users"]
    assert [(c.name, c.type, c.nullable, c.default, c.collation, c.generated, c.options) for c in here.columns] == [
        (c.name, c.type, c.nullable, c.default, c.collation, c.generated, c.options) for c in there.columns
    ]
    assert here.primary_key is not None
    assert here.primary_key.columns == ("id",)
    assert [unique.columns for unique in here.uniques] == [unique.columns for unique in there.uniques]
    assert [check.text for check in here.checks] == [check.text for check in there.checks]
    assert [(k.columns, k.table, k.referred_columns, k.on_update, k.on_delete) for k in here.foreign_keys] == [
        (k.columns, k.table, k.referred_columns, k.on_update, k.on_delete) for k in there.foreign_keys
    ]
    assert here.options == there.options == frozenset()
    assert here.row_count == there.row_count
    assert [row.key for row in here.page.rows] == [row.key for row in there.page.rows]
    kinds = [[cell.kind for cell in table.page.rows[0].cells] for table in (here, there)]
    assert kinds[0] == kinds[1]
    assert here.page.rows[0].cells[:4] == there.page.rows[0].cells[:4]


def test_requirements_that_are_written_for_sqlite_hold(server: MariaDBServer, database: str) -> None:
    before = snapshot_url(server.url(database))
    shot = plain_case(sa.create_engine(server.url(database), poolclass=sa.NullPool))
    evidence = Evidence("0001", ("0002",), before, before, shot, Path())
    for requirement, holds in (
        (column("users", "username", "VARCHAR(50)", nullable=False), True),
        (column("users", "username", "VARCHAR(80)"), False),
        (column("users", "is_active", "BOOLEAN", nullable=False), True),
        (column("users", "price", "NUMERIC(10,2)", nullable=True), True),
        (no_default("users", "is_active"), True),
        (default("users", "email"), True),
        (default("users", "email", computed=True), False),
        (default("users", "created_at", computed=True), True),
    ):
        (finding,) = requirement.judge(evidence)
        assert finding.right == holds, finding


def test_all_of_a_column_is_told(connection: Any) -> None:
    table = only_table(
        connection,
        r"""CREATE TABLE t (id BIGINT UNSIGNED AUTO_INCREMENT, old_width INT(5) ZEROFILL, tiny TINYINT UNSIGNED,
        word VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'it''s \\ %', kind ENUM('a,b', 'it''s', 'A'),
        seen TIMESTAMP(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
        hidden INT INVISIBLE DEFAULT 5 COMMENT 'he''s here', twice INT AS (tiny * 2) VIRTUAL,
        kept VARCHAR(20) AS (concat(word, 'x''')) STORED, data JSON, bits BIT(3) DEFAULT b'101',
        code CHAR(36) DEFAULT (uuid()), packed TEXT COMPRESSED, PRIMARY KEY (id))""",
    )
    told = {c.name: (c.type, c.nullable, c.default, c.collation, c.generated, set(c.options)) for c in table.columns}
    assert told == {
        "id": ("BIGINT UNSIGNED", False, None, "", "", set()),
        "old_width": ("INTEGER(5) UNSIGNED ZEROFILL", True, None, "", "", set()),
        "tiny": ("TINYINT UNSIGNED", True, None, "", "", set()),
        "word": ("VARCHAR(9)", True, r"'it''s \ %'", "latin1_bin", "", set()),
        "kind": ("ENUM('a,b','it''s','A')", True, None, "", "", set()),
        "seen": (
            "TIMESTAMP(3)",
            True,
            "CURRENT_TIMESTAMP(3)",
            "",
            "",
            {"ON UPDATE CURRENT_TIMESTAMP(3)"},
        ),
        "hidden": ("INTEGER", True, "5", "", "", {"INVISIBLE"}),
        "twice": ("INTEGER", True, None, "", "virtual", {"AS (tiny * 2)"}),
        "kept": ("VARCHAR(20)", True, None, "", "stored", {"AS (concat(word,'x'''))"}),
        "data": ("JSON", True, None, "", "", set()),
        "bits": ("BIT(3)", True, "b'101'", "", "", set()),
        "code": ("CHAR(36)", True, "uuid()", "", "", set()),
        "packed": ("TEXT COMPRESSED", True, None, "", "", set()),
    }
    assert [(c.identity, c.comment) for c in table.columns if c.identity or c.comment] == [
        ("AUTO_INCREMENT", ""),
        ("", "he's here"),
    ]
    assert table.checks == ()
    assert table.sql.startswith("CREATE TABLE `t` (")


def test_all_constraints_and_indexes_are_told(connection: Any) -> None:
    run(
        connection,
        "CREATE TABLE teams (id INT, code INT, PRIMARY KEY (id, code))",
        r"""CREATE TABLE t (a INT, b VARCHAR(99) CHECK (b <> 'it''s'), c TEXT, place POINT NOT NULL, team INT, code INT,
        PRIMARY KEY (a), UNIQUE pair (b (10), a), INDEX fast (a DESC, c (5)) COMMENT 'x' IGNORED, FULLTEXT words (c),
        SPATIAL places (place), CONSTRAINT small CHECK (a < 200),
        CONSTRAINT team FOREIGN KEY (team, code) REFERENCES teams (id, code) ON UPDATE CASCADE ON DELETE SET NULL)""",
    )
    table = read_snapshot(connection).tables["t"]
    assert table.primary_key == PrimaryKey(("a",))
    assert table.uniques == (Unique(("b", "a"), "pair", frozenset({"b (10)"})),)
    assert set(table.checks) == {Check("b <> 'it''s'"), Check("a < 200", "small")}
    key = ForeignKey(("team", "code"), "teams", ("id", "code"), "CASCADE", "SET NULL", name="team")
    assert table.foreign_keys == (key,)
    indexes = {index.name: index for index in table.indexes}
    parts = (IndexPart("a", descending=True), IndexPart("c", options=frozenset({"(5)"})))
    assert indexes["fast"] == Index("fast", parts, options=frozenset({"COMMENT 'x'", "IGNORED"}))
    assert indexes["words"].options == {"FULLTEXT"}
    assert indexes["places"].options == {"SPATIAL"}


def test_triggers_views_options_partitions_sequences_and_versioning_are_told(connection: Any) -> None:
    run(
        connection,
        """CREATE TABLE t (a INT, b DATE, c DATE, PERIOD FOR booked (b, c), UNIQUE (a, booked WITHOUT OVERLAPS))
        ENGINE=Aria ROW_FORMAT=FIXED CHARACTER SET latin1 COMMENT 'it''s'""",
        "CREATE TABLE v (a INT) WITH SYSTEM VERSIONING",
        """CREATE TABLE p (a INT) PARTITION BY RANGE (a)
        (PARTITION low VALUES LESS THAN (10), PARTITION high VALUES LESS THAN MAXVALUE COMMENT 'x')""",
        "CREATE SEQUENCE s START WITH 5 INCREMENT BY 2 MAXVALUE 99 CYCLE",
        "CREATE SQL SECURITY INVOKER VIEW big AS SELECT a AS `n.a` FROM t WHERE a > 9 AND b <> '`x`' WITH CHECK OPTION",
        "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1",
        "CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN n * 2",
        "CREATE EVENT clean ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM t",
        "CREATE TABLE alembic_version (version_num VARCHAR(32))",
        "INSERT INTO alembic_version VALUES ('0002'), ('0001')",
    )
    snapshot = read_snapshot(connection)
    assert snapshot.versions == ("0001", "0002")
    assert str(snapshot.engine).startswith("MariaDB 1")
    assert sorted(snapshot.tables) == ["alembic_version", "p", "t", "v"]
    table = snapshot.tables["t"]
    assert {"ENGINE=Aria", "ROW_FORMAT=FIXED", "COLLATE latin1_swedish_ci"} <= table.options
    assert table.comments == ("it's",)
    assert table.parts == (Part("period", "booked", "(`b`, `c`)"), Part("no overlaps", "booked", "`a` (`a`)"))
    assert [trigger.sql for trigger in table.triggers] == [
        "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1"
    ]
    assert snapshot.tables["v"].options == {"WITH SYSTEM VERSIONING"}
    assert snapshot.tables["p"].parts == (
        Part("partitioning", "", "BY RANGE (a)"),
        Part("partition", "low", "10"),
        Part("partition", "high", "MAXVALUE COMMENT 'x'"),
    )
    view = snapshot.views["big"]
    assert view.sql == "select t.a AS `n.a` from t where t.a > 9 and t.b <> '`x`'"
    assert view.options == {"SQL SECURITY INVOKER", "WITH CASCADED CHECK OPTION"}
    told = {(part.kind, part.name): part.text for part in snapshot.parts}
    assert told["sequence", "s"] == "START 5 INCREMENT 2 MINVALUE 1 MAXVALUE 99 CACHE 1000 CYCLE"
    assert "n int(11)" in told["function", "twice"]
    assert "RETURN n * 2" in told["function", "twice"]
    assert "EVERY 1 DAY" in told["event", "clean"]
    assert "DISABLED" in told["event", "clean"]


def test_hostile_names_are_only_names(connection: Any) -> None:
    columns = ", ".join(f"{quoted(name)} VARCHAR(99)" for name in HOSTILE)
    run(connection, "CREATE TABLE x (a INT)")
    for name in HOSTILE:
        keys = f"UNIQUE ({quoted('%s')}), INDEX {quoted('ix' + name)} ({quoted(HOSTILE[0])}), CHECK (`it's` <> '`')"
        run(connection, f"CREATE TABLE {quoted(name)} ({columns}, {quoted('%s')} INT PRIMARY KEY, {keys})")
        with connection.cursor() as cursor:
            into = quoted(name).replace("%", "%%")
            cursor.execute(f"INSERT INTO {into} VALUES ({'%s, ' * len(HOSTILE)}7)", HOSTILE)
    snapshot = read_snapshot(connection)
    assert sorted(snapshot.tables) == sorted(["x", *HOSTILE])
    for name in HOSTILE:
        table = snapshot.tables[name]
        assert [column.name for column in table.columns] == [*HOSTILE, "%s"]
        assert [cell.text for cell in table.page.rows[0].cells] == [*HOSTILE, "7"]
        assert [index.name for index in table.indexes] == ["ix" + name]
        assert table.page.rows[0].key == ("7",)


def test_values_keep_their_kind_and_are_bounded(connection: Any) -> None:
    run(connection, "SET sql_mode = ''")
    table = only_table(
        connection,
        """CREATE TABLE t (id INT PRIMARY KEY, never DATETIME, day DATE, emoji TEXT, raw VARBINARY(40), data JSON,
        long_text LONGTEXT, bits BIT(3), price DECIMAL(5, 2), real_one DOUBLE, clock TIME, place POINT, nothing INT,
        old VARCHAR(9) CHARACTER SET latin1)""",
        """INSERT INTO t VALUES (-1, '0000-00-00 00:00:00', '0000-00-00', '🦆%s\\\\', x'00ff', '{"a": 1}',
        repeat('ö', 1000000), b'101', 1.5, 0.1, '-100:00:00', point(1, 2), NULL, 'größe')""",
    )
    (row,) = table.page.rows
    cells = dict(zip(table.page.columns, row.cells, strict=True))
    assert row.key == ("-1",)
    assert cells["place"].kind == "blob"
    del cells["place"]
    assert cells == {
        "id": Cell("integer", "-1", 2),
        "never": Cell("text", "0000-00-00 00:00:00", 19),
        "day": Cell("text", "0000-00-00", 10),
        "emoji": Cell("text", "🦆%s\\", 4),
        "raw": Cell("blob", "00FF", 2),
        "data": Cell("text", '{"a": 1}', 8),
        "long_text": Cell("text", "ö" * 200, 1_000_000),
        "bits": Cell("integer", "5", 1),
        "price": Cell("real", "1.50", 4),
        "real_one": Cell("real", "0.1", 3),
        "clock": Cell("text", "-100:00:00", 10),
        "nothing": Cell("null", "NULL"),
        "old": Cell("text", "größe", 5),
    }


def test_a_page_and_a_count_cost_no_more_however_many_rows_there_are(connection: Any) -> None:
    rows = "SELECT seq, concat('r', seq % 7) FROM seq_1_to_300000"
    run(
        connection,
        "CREATE TABLE keyed (id INT PRIMARY KEY, a VARCHAR(9), INDEX (a))",
        "CREATE TABLE bare (id INT, a VARCHAR(9), INDEX (a, id), INDEX (id))",
        f"INSERT INTO keyed {rows} ORDER BY seq DESC",
        f"INSERT INTO bare {rows} ORDER BY seq DESC",
    )
    before = status(connection, "Rows_read")
    snapshot = read_snapshot(connection, page_rows=3, count_limit=100)
    assert status(connection, "Rows_read") - before < 1000
    keyed, bare = snapshot.tables["keyed"], snapshot.tables["bare"]
    assert [row.key for row in keyed.page.rows] == [("1",), ("2",), ("3",)]
    assert [row.cells[0].text for row in bare.page.rows] == ["300000", "299999", "299998"]
    assert (keyed.row_count, keyed.more_rows) == (bare.row_count, bare.more_rows) == (100, True)
    assert read_snapshot(connection).tables["bare"].row_count == 300_000


def test_an_open_transaction_is_seen_and_stays_open(connection: Any) -> None:
    run(connection, "CREATE TABLE t (a INT)", "SET autocommit = 0", "INSERT INTO t VALUES (1)")
    assert read_snapshot(connection).tables["t"].row_count == 1
    assert value(connection, "SELECT @@in_transaction") == 1
    run(connection, "ROLLBACK")
    assert read_snapshot(connection).tables["t"].row_count == 0


def test_a_transaction_that_only_reads_holds_no_more_than_before(
    server: MariaDBServer, database: str, connection: Any
) -> None:
    run(connection, "CREATE TABLE t (a INT)", "CREATE TABLE other (a INT)", "BEGIN", "SELECT * FROM t")
    assert set(read_snapshot(connection).tables) == {"t", "other"}
    with server.connect(database) as second:
        run(second, "SET lock_wait_timeout = 0", "ALTER TABLE other ADD b INT")
        with pytest.raises(pymysql.OperationalError, match="Lock wait timeout"):
            run(second, "ALTER TABLE t ADD b INT")


def test_without_a_transaction_none_stays_and_the_session_keeps_its_settings(connection: Any) -> None:
    run(connection, "CREATE TABLE t (a INT)", "SET autocommit = 0", "SET time_zone = '+03:00', lock_wait_timeout = 77")
    run(connection, "SET sql_select_limit = 1, sql_mode = 'ANSI_QUOTES', tx_isolation = 'SERIALIZABLE'")
    settings = "SELECT concat_ws(' ', @@in_transaction, @@autocommit, @@time_zone, @@lock_wait_timeout, @@sql_mode, "
    settings += "@@sql_select_limit, @@tx_isolation)"
    before = value(connection, settings)
    run(connection, "COMMIT")
    first = read_snapshot(connection)
    assert read_snapshot(connection) == first
    assert value(connection, settings) == before


def test_what_others_lock_is_named_and_not_waited_for(server: MariaDBServer, database: str, connection: Any) -> None:
    run(connection, "CREATE TABLE held (a INT)", "CREATE TABLE free (a INT)", "INSERT INTO held VALUES (1)")
    whole = read_snapshot(connection)
    with server.connect(database, autocommit=False) as reading, server.connect(database) as altering:
        run(reading, "SELECT * FROM held")
        waiting = threading.Thread(target=run, args=(altering, "ALTER TABLE held ADD b INT"))
        waiting.start()
        states = (
            f"SELECT count(*) FROM information_schema.processlist WHERE db = '{database}' AND state LIKE 'Waiting%'"
        )
        while not value(connection, states):
            time.sleep(0.01)
        snapshot = read_snapshot(connection)
        assert snapshot.locked == {"held"}
        assert snapshot.tables["held"] == Table("held", "")
        assert snapshot.tables["free"] == whole.tables["free"]
        assert not diff(whole, snapshot)
        reading.commit()
        waiting.join()
    run(connection, "LOCK TABLES free WRITE")
    with server.connect(database) as second:
        after = read_snapshot(second)
    assert after.locked == {"free"}
    assert diff(whole, after).describe() == ["held: column b appeared (INTEGER, NULL allowed)"]


def test_all_of_a_snapshot_is_of_one_moment(server: MariaDBServer, database: str, connection: Any) -> None:
    """Each row that the other connection writes names the columns that its table then has."""
    run(connection, "CREATE TABLE t (id INT PRIMARY KEY, told TEXT)", "INSERT INTO t VALUES (1, 'id told')")
    stop = threading.Event()

    def alter() -> None:
        with server.connect(database) as other:
            while not stop.is_set():
                run(other, "ALTER TABLE t ADD extra INT", "ALTER TABLE t DROP extra")

    writer = threading.Thread(target=alter)
    writer.start()
    try:
        seen = set()
        for _ in range(60):
            snapshot = read_snapshot(connection)
            table = snapshot.tables["t"]
            if not snapshot.locked:
                assert table.page.columns == tuple(column.name for column in table.columns)
                assert table.row_count == len(table.page.rows) == 1
                assert ("extra" in table.page.columns) == ("`extra`" in table.sql)
                seen.add(table.page.columns)
        assert len(seen) == 2
    finally:
        stop.set()
        writer.join()


def test_a_table_that_cannot_be_read_keeps_its_structure(server: MariaDBServer, database: str, connection: Any) -> None:
    run(connection, "CREATE TABLE a (a INT)", "CREATE TABLE b (a INT, b INT)", "INSERT INTO a VALUES (1)")
    run(connection, f"GRANT SELECT ON {database}.a TO guest@localhost IDENTIFIED BY 'x'")
    run(connection, f"GRANT INSERT ON {database}.b TO guest@localhost")
    with server.connect(database, user="guest", password="x") as guest:
        snapshot = read_snapshot(guest)
    assert snapshot.tables["a"].row_count == 1
    assert [column.name for column in snapshot.tables["b"].columns] == ["a", "b"]
    assert not snapshot.locked


def test_a_url_is_read_and_what_fails_is_told_in_one_line(server: MariaDBServer, database: str) -> None:
    assert snapshot_url(server.url(database)).tables == {}
    with pytest.raises(SnapshotError, match="has no database") as nameless:
        snapshot_url(server.url(""))
    with pytest.raises(SnapshotError, match="Unknown database 'missing'") as missing:
        snapshot_url(server.url("missing"))
    assert not any("\n" in str(error.value) for error in (nameless, missing))


def test_two_hundred_tables_take_fewer_than_four_queries_each(connection: Any) -> None:
    run(connection, *(f"CREATE TABLE t{n} (id INT PRIMARY KEY, a INT UNIQUE)" for n in range(200)))
    before = status(connection, "Questions")
    snapshot = read_snapshot(connection)
    assert len(snapshot.tables) == 200
    assert status(connection, "Questions") - before < 4 * 200
