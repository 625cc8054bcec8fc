"""Snapshots of SQLite: what they see, what they leave alone, and what they cost."""

from __future__ import annotations

import copy
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from migration_lab.snapshot import (
    Cell,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
    SnapshotError,
    Table,
    Unique,
    open_read_only,
    read_snapshot,
    snapshot_file,
)
from migration_lab.snapshot.sqlite import RememberedSchema

HOSTILE = [
    'users"; drop table x; --',
    "it's",
    "a`b",
    "[a]",
    "%s ? :x",
    "ta\nble",
    "größe 🦆",
    "select",
    " ",
    "<b>&amp;",
]


@pytest.fixture(params=["sqlite3", "pysqlite3"])
def driver(request: pytest.FixtureRequest) -> ModuleType:
    """Each driver: the standard library's, and the package with a newer SQLite, where it is installed."""
    module: ModuleType = pytest.importorskip(request.param)
    return module


@pytest.fixture
def connection(driver: ModuleType) -> Any:
    """An empty database in memory."""
    return driver.connect(":memory:")


def only_table(connection: Any, script: str, **limits: Any) -> Table:
    connection.executescript(script)
    (table,) = read_snapshot(connection, **limits).tables.values()
    return table


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.page.rows]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def test_the_catalogue_tells_what_the_text_does_not_and_the_other_way_round(connection: Any) -> None:
    table = only_table(
        connection,
        """CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username varchar(50) unique,
        email TEXT COLLATE NOCASE NOT NULL ON CONFLICT IGNORE DEFAULT 'x', twice INTEGER AS (id * 2) VIRTUAL,
        boss_id INTEGER REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT pair UNIQUE (username, email));
        CREATE UNIQUE INDEX folded ON users (lower(username) DESC, email) WHERE email <> '';
        CREATE TRIGGER busy AFTER UPDATE ON USERS BEGIN SELECT 1; END;""",
    )
    assert [
        (c.name, c.type, c.nullable, c.default, c.collation, c.generated, set(c.options)) for c in table.columns
    ] == [
        ("id", "INTEGER", False, None, "", "", set()),
        ("username", "varchar(50)", True, None, "", "", set()),
        ("email", "TEXT", False, "'x'", "NOCASE", "", {"ON CONFLICT IGNORE"}),
        ("twice", "INTEGER", True, None, "", "virtual", set()),
        ("boss_id", "INTEGER", True, None, "", "", set()),
    ]
    assert table.primary_key == PrimaryKey(("id",), options=frozenset({"ROWID"}))
    assert table.uniques == (
        Unique(("username",)),
        Unique(("username", "email"), "pair", collations=("BINARY", "NOCASE")),
    )
    clause = "DEFERRABLE INITIALLY DEFERRED"
    assert table.foreign_keys == (ForeignKey(("boss_id",), "users", ("id",), on_delete="CASCADE", deferrable=clause),)
    parts = (IndexPart("lower(username)", descending=True), IndexPart("email", collation="NOCASE"))
    assert table.indexes == (Index("folded", parts, unique=True, where="email <> ''"),)
    assert [trigger.name for trigger in table.triggers] == ["busy"]
    assert table.options == {"AUTOINCREMENT"}


@pytest.mark.parametrize(
    ("key", "alias"),
    [
        ("id INTEGER PRIMARY KEY", True),
        ("id integer, PRIMARY KEY (id)", True),
        ("id int PRIMARY KEY", False),
        ("id INTEGER PRIMARY KEY DESC", False),
        ("id TEXT PRIMARY KEY", False),
    ],
)
def test_only_a_true_alias_of_the_rowid_is_called_one(connection: Any, key: str, alias: bool) -> None:
    table = only_table(connection, f"CREATE TABLE t ({key})")
    assert table.primary_key == PrimaryKey(("id",), options=frozenset({"ROWID"} if alias else ()))


def test_options_versions_views_and_the_engine_are_told(connection: Any, driver: ModuleType) -> None:
    connection.executescript("""CREATE TABLE a (k TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        CREATE TABLE _alembic_tmp_a (k);
        CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO b DEFAULT VALUES;
        CREATE VIEW v AS SELECT k FROM a; CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN SELECT 1; END;
        CREATE TABLE alembic_version (version_num VARCHAR(32));
        INSERT INTO alembic_version VALUES ('0002'), ('0001');""")
    snapshot = read_snapshot(connection)
    assert str(snapshot.engine) == f"SQLite {driver.sqlite_version}"
    assert snapshot.versions == ("0001", "0002")
    assert list(snapshot.tables) == ["a", "_alembic_tmp_a", "b", "alembic_version"]
    assert snapshot.tables["a"].options == {"STRICT", "WITHOUT ROWID"}
    assert snapshot.tables["b"].options == {"AUTOINCREMENT"}
    assert [trigger.name for trigger in snapshot.views["v"].triggers] == ["t"]


def test_hostile_names_are_only_names(connection: Any) -> None:
    connection.execute("CREATE TABLE x (a)")
    for name in HOSTILE:
        columns = ", ".join(quoted(column) for column in HOSTILE)
        connection.execute(f"CREATE TABLE {quoted(name)} ({columns}, UNIQUE ({columns}))")
        connection.execute(f"CREATE INDEX {quoted('ix' + name)} ON {quoted(name)} ({columns})")
        connection.execute(f"INSERT INTO {quoted(name)} VALUES ({', '.join('?' * len(HOSTILE))})", HOSTILE)
    snapshot = read_snapshot(connection)
    assert list(snapshot.tables) == ["x", *HOSTILE]
    for name in HOSTILE:
        table = snapshot.tables[name]
        assert [column.name for column in table.columns] == HOSTILE
        assert table.uniques == (Unique(tuple(HOSTILE)),)
        assert [part.expression for part in table.indexes[0].parts] == HOSTILE
        assert texts(table) == [HOSTILE]


def test_columns_that_take_the_names_of_the_rowid_do_no_harm(connection: Any) -> None:
    connection.executescript("""CREATE TABLE one (rowid, a); CREATE TABLE two (ROWID, _rowid_, a);
        CREATE TABLE three (rowid, _rowid_, oid); CREATE TABLE four (oid INTEGER PRIMARY KEY, rowid, _rowid_);
        INSERT INTO one VALUES (9, 'x'), (8, 'y'); INSERT INTO two VALUES (9, 1, 'x'), (8, 2, 'y');
        INSERT INTO three VALUES (9, 1, 'x'), (8, 2, 'y'); INSERT INTO four VALUES (2, 1, 'x'), (1, 2, 'y');""")
    tables = read_snapshot(connection).tables
    assert {name: [row.key for row in table.page.rows] for name, table in tables.items()} == {
        name: [("1",), ("2",)] for name in ("one", "two", "three", "four")
    }
    assert texts(tables["one"]) == [["9", "x"], ["8", "y"]]
    assert texts(tables["four"]) == [["1", "2", "y"], ["2", "1", "x"]]


def test_rows_come_in_the_order_of_the_key(connection: Any) -> None:
    connection.executescript("""CREATE TABLE by_rowid (k TEXT PRIMARY KEY); CREATE INDEX i ON by_rowid (k);
        CREATE TABLE by_key (k TEXT COLLATE NOCASE, n INTEGER, PRIMARY KEY (k DESC, n)) WITHOUT ROWID;
        CREATE INDEX j ON by_key (n);
        INSERT INTO by_rowid VALUES ('b'), ('a'); INSERT INTO by_key VALUES ('a', 2), ('B', 3), ('A', 1);""")
    tables = read_snapshot(connection, page_rows=2).tables
    assert texts(tables["by_rowid"]) == [["b"], ["a"]]
    assert [row.key for row in tables["by_key"].page.rows] == [("B", "3"), ("A", "1")]
    assert tables["by_key"].row_count == 3


def test_values_keep_their_kind_and_are_bounded(connection: Any) -> None:
    connection.execute("CREATE TABLE t (v)")
    values = [None, 7, 0.1, float("inf"), "🦆" * 300, "", b"\x00\xff" * 20, b"", "a\x00b", "NULL"]
    connection.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])
    rows = read_snapshot(connection).tables["t"].page.rows
    assert [row.cells[0] for row in rows[:8]] == [
        Cell("null", "NULL"),
        Cell("integer", "7", 1),
        Cell("real", "0.1", 3),
        Cell("real", "inf", 3),
        Cell("text", "🦆" * 200, 300),
        Cell("text", "", 0),
        Cell("blob", "00FF" * 8, 40),
        Cell("blob", "", 0),
    ]
    assert rows[8].cells[0].kind == "text"
    assert rows[9].cells[0] == Cell("text", "NULL", 4)


def test_a_long_value_never_reaches_python(connection: Any) -> None:
    connection.execute("CREATE TABLE t (k TEXT PRIMARY KEY, v)")
    connection.execute("INSERT INTO t VALUES (?, ?)", ("k" * 1_000_000, "v" * 1_000_000))
    connection.commit()

    class Watched:
        """Passes everything on, and notes the longest value that was fetched."""

        longest = 0
        in_transaction = property(lambda self: connection.in_transaction)
        OperationalError = connection.OperationalError

        def cursor(self) -> Any:
            watched, cursor = self, connection.cursor()

            class Cursor:
                row_factory = None
                execute, close = cursor.execute, cursor.close

                def fetchall(self) -> list[Any]:
                    rows = cursor.fetchall()
                    sizes = [len(value) for row in rows for value in row if isinstance(value, str | bytes)]
                    watched.longest = max([watched.longest, *sizes])
                    return list(rows)

            return Cursor()

    watched = Watched()
    (row,) = read_snapshot(watched).tables["t"].page.rows
    assert row.cells[1] == Cell("text", "v" * 200, 1_000_000)
    assert 200 <= watched.longest < 1000


def test_text_that_is_no_utf8_is_shown_with_replacement_characters(connection: Any) -> None:
    table = only_table(connection, "CREATE TABLE t (v); INSERT INTO t VALUES (CAST(x'61FF62' AS TEXT))")
    assert texts(table) == [["a\ufffdb"]]


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_a_database_in_utf16_reads_the_same(connection: Any, encoding: str) -> None:
    table = only_table(connection, f"PRAGMA encoding = '{encoding}'; CREATE TABLE ü (ö); INSERT INTO ü VALUES ('🦆')")
    assert (table.name, table.columns[0].name, texts(table)) == ("ü", "ö", [["🦆"]])


def test_of_many_columns_a_page_shows_the_first(connection: Any) -> None:
    names = [f"c{number}" for number in range(300)]
    table = only_table(
        connection, f"CREATE TABLE t ({', '.join(names)}); INSERT INTO t (c0) VALUES (1)", page_columns=7
    )
    assert [column.name for column in table.columns] == names
    assert table.page.columns == tuple(names[:7])
    assert table.page.hidden_columns == 293
    assert len(table.page.rows[0].cells) == 7


def test_counting_stops_at_the_limit_and_says_so(connection: Any) -> None:
    connection.executescript("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)")
    counts = {limit: read_snapshot(connection, count_limit=limit).tables["t"] for limit in (None, 0, 2, 3, 4)}
    assert {limit: (table.row_count, table.more_rows) for limit, table in counts.items()} == {
        None: (3, False),
        0: (0, True),
        2: (2, True),
        3: (3, False),
        4: (3, False),
    }


@pytest.mark.parametrize("options", ["", "WITHOUT ROWID"])
def test_a_bounded_snapshot_costs_no_more_however_many_rows_there_are(connection: Any, options: str) -> None:
    connection.execute(f"CREATE TABLE t (k TEXT COLLATE NOCASE, v, PRIMARY KEY (k DESC)) {options}")
    connection.execute("CREATE INDEX i ON t (v)")

    def steps_with(rows: int) -> int:
        series = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        connection.execute("DELETE FROM t")
        connection.execute(f"INSERT INTO t {series} SELECT 'key ' || i, i FROM n", (rows,))
        connection.commit()
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0

        connection.set_progress_handler(count, 1)
        table = read_snapshot(connection, count_limit=50).tables["t"]
        connection.set_progress_handler(None, 1)
        assert len(table.page.rows) == 20
        assert table.more_rows
        return steps

    few = steps_with(100)
    assert few > 100
    assert steps_with(200_000) <= 1.5 * few


def test_snapshots_are_equal_while_nothing_changes(connection: Any) -> None:
    connection.executescript("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    first, second = read_snapshot(connection), read_snapshot(connection)
    assert first == second == copy.deepcopy(first)
    connection.execute("UPDATE t SET a = 2")
    assert read_snapshot(connection) != first


def test_the_connection_is_left_as_it_was(connection: Any, driver: ModuleType) -> None:
    connection.executescript("CREATE TABLE t (a); INSERT INTO t VALUES ('ü'), ('x')")
    plain = read_snapshot(connection)
    connection.row_factory, connection.text_factory = driver.Row, bytes
    half_read = connection.execute("SELECT a FROM t ORDER BY rowid")
    half_read.fetchone()
    assert read_snapshot(connection) == plain
    assert (connection.row_factory, connection.text_factory) == (driver.Row, bytes)
    assert not connection.in_transaction
    assert half_read.fetchone()["a"] == b"x"


def test_an_open_transaction_is_seen_and_stays_open(connection: Any) -> None:
    connection.execute("CREATE TABLE t (a)")
    connection.execute("INSERT INTO t VALUES (1)")
    assert connection.in_transaction
    assert read_snapshot(connection).tables["t"].row_count == 1
    assert connection.in_transaction
    connection.rollback()
    assert read_snapshot(connection).tables["t"].row_count == 0


def test_a_remembered_schema_is_read_anew_when_anybody_changed_it_and_only_then(
    driver: ModuleType, tmp_path: Path
) -> None:
    path, remembered = tmp_path / "app.db", RememberedSchema()
    changes = (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE)",
        "ALTER TABLE users ADD COLUMN is_active BOOLEAN",
        "CREATE INDEX ix ON users (is_active)",
        "CREATE TRIGGER busy AFTER UPDATE ON users BEGIN SELECT 1; END",
        "BEGIN; CREATE TABLE other (x); DROP TABLE users; ALTER TABLE other RENAME TO users; COMMIT",
        "VACUUM",
        "CREATE VIEW everyone AS SELECT * FROM users",
        "DROP VIEW everyone; DROP TABLE users",
    )
    with closing(driver.connect(path, isolation_level=None)) as writer, closing(driver.connect(path)) as reader:
        for change in changes:
            writer.executescript(change)
            assert read_snapshot(reader, remembered=remembered) == read_snapshot(writer), change
        writer.executescript("CREATE TABLE users (x); INSERT INTO users VALUES (1)")
        read_snapshot(reader, remembered=remembered)
        writer.execute("INSERT INTO users VALUES (2)")
        statements: list[str] = []
        reader.set_trace_callback(statements.append)
        assert read_snapshot(reader, remembered=remembered) == read_snapshot(writer)
        assert not [sql for sql in statements if "table_xinfo" in sql or "sqlite_master" in sql]


def test_all_of_a_snapshot_is_of_one_moment(driver: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    reading, writing = driver.connect(path), driver.connect(path, isolation_level=None)
    writing.executescript("PRAGMA journal_mode = wal; CREATE TABLE a (n); CREATE TABLE b (n)")

    class Meanwhile:
        """Another client inserts a row into both tables before each of the reader's statements but BEGIN."""

        in_transaction = property(lambda self: reading.in_transaction)
        OperationalError = reading.OperationalError

        def cursor(self) -> Any:
            cursor = reading.cursor()

            class Cursor:
                row_factory = None
                fetchall, close = cursor.fetchall, cursor.close

                def execute(self, *arguments: Any) -> None:
                    if arguments[0] not in ("BEGIN", "COMMIT"):
                        writing.executescript("BEGIN; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); COMMIT")
                    cursor.execute(*arguments)

            return Cursor()

    tables = read_snapshot(Meanwhile()).tables
    assert tables["a"].row_count == tables["b"].row_count
    assert writing.execute("SELECT count(*) FROM a").fetchone()[0] > tables["a"].row_count
    reading.close()
    writing.close()


def test_what_cannot_be_read_keeps_its_name_and_text(connection: Any) -> None:
    connection.executescript("""CREATE TABLE good (a); CREATE VIEW broken AS SELECT a FROM nowhere;
        PRAGMA writable_schema = ON; INSERT INTO sqlite_master
        VALUES ('table', 'missing', 'missing', 0, 'CREATE VIRTUAL TABLE missing USING no_such_module(a)');
        PRAGMA writable_schema = RESET; INSERT INTO good VALUES (1);""")
    snapshot = read_snapshot(connection)
    assert snapshot.tables["missing"].sql == "CREATE VIRTUAL TABLE missing USING no_such_module(a)"
    assert snapshot.tables["missing"].columns == ()
    assert snapshot.tables["missing"].options == {"VIRTUAL"}
    assert snapshot.views["broken"].sql == "CREATE VIEW broken AS SELECT a FROM nowhere"
    assert snapshot.tables["good"].row_count == 1


@pytest.mark.parametrize("name", ["app.db", "a b#c?d%20e.db", "größe 🦆.db", 'it\'s & "more".db'])
def test_a_file_of_any_name_is_read_and_not_written(driver: ModuleType, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    made = driver.connect(path)
    made.executescript("CREATE TABLE t (a)")
    made.close()
    assert list(snapshot_file(path, module=driver).tables) == ["t"]
    reading = open_read_only(path, driver)
    with pytest.raises(driver.OperationalError, match="readonly"):
        reading.execute("INSERT INTO t VALUES (1)")
    reading.close()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_a_file_that_cannot_be_read_is_told_in_one_line(driver: ModuleType, tmp_path: Path) -> None:
    corrupt, locked = tmp_path / "corrupt.db", tmp_path / "locked.db"
    corrupt.write_bytes(b"no database " * 500)
    writing = driver.connect(locked, isolation_level=None)
    writing.executescript("CREATE TABLE t (a); BEGIN EXCLUSIVE")
    for path, reason in [
        (tmp_path / "missing.db", "no database at"),
        (tmp_path, "is no file"),
        (corrupt, "file is not a database"),
        (locked, "is locked"),
    ]:
        with pytest.raises(SnapshotError, match=reason) as caught:
            snapshot_file(path, module=driver)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "missing.db").exists()
    writing.close()
