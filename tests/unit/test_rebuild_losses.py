"""What a batch rebuild on SQLite loses in silence: each loss is made to happen, and the Diff has to name it."""

from __future__ import annotations

from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from migration_lab.snapshot import Diff, Snapshot, diff, read_snapshot

pytestmark = [
    pytest.mark.filterwarnings("ignore:Unnamed CHECK constraint on reflected table"),
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
]

TWO_USERS = "INSERT INTO users (id, username) VALUES (1, 'adi'), (2, 'john');"
APPEARED = "users: column is_active appeared (BOOLEAN, NOT NULL)"

LOST = {
    "inline UNIQUE on a type with a length": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username varchar(50) unique)",
        ["users: UNIQUE (username) vanished"],
    ),
    "AUTOINCREMENT": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT)",
        ["users: option AUTOINCREMENT vanished"],
    ),
    "unnamed CHECK of the table": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, CHECK (username <> ''))",
        ["users: CHECK (username <> '') vanished"],
    ),
    "unnamed CHECK inline": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT CHECK (length(username) > 1))",
        ["users: CHECK (length(username) > 1) vanished"],
    ),
    "trigger": (
        """CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT);
        CREATE TRIGGER keep_adi BEFORE DELETE ON users BEGIN SELECT RAISE(IGNORE); END""",
        ["users: trigger keep_adi vanished"],
    ),
    "index on an expression": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT); CREATE INDEX folded ON users (lower(username))",
        ["users: index folded vanished (on (lower(username)))"],
    ),
    "direction and collation of an index": (
        """CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT);
        CREATE INDEX latest ON users (username COLLATE NOCASE DESC)""",
        ["users: index latest changed: on (username COLLATE NOCASE DESC) -> (username)"],
    ),
    "COLLATE": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT COLLATE NOCASE)",
        ["users: column username changed: collation NOCASE -> none"],
    ),
    "actions of an inline REFERENCES": (
        """CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT,
        boss_id INTEGER REFERENCES users (id) ON UPDATE SET NULL ON DELETE CASCADE)""",
        [
            "users: FOREIGN KEY (boss_id) -> users (id) changed: "
            "ON UPDATE SET NULL -> NO ACTION; ON DELETE CASCADE -> NO ACTION"
        ],
    ),
    "DEFERRABLE of an inline REFERENCES": (
        """CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT,
        boss_id INTEGER REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED)""",
        ["users: FOREIGN KEY (boss_id) -> users (id) changed: deferrable DEFERRABLE INITIALLY DEFERRED -> none"],
    ),
    "ON CONFLICT of a NOT NULL": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL ON CONFLICT IGNORE)",
        ["users: column username changed: no longer ON CONFLICT IGNORE"],
    ),
    "ON CONFLICT of a UNIQUE": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, UNIQUE (username) ON CONFLICT REPLACE)",
        ["users: UNIQUE (username) changed: no longer ON CONFLICT REPLACE"],
    ),
    "ON CONFLICT of a PRIMARY KEY": (
        "CREATE TABLE users (id INTEGER, username TEXT, PRIMARY KEY (id) ON CONFLICT REPLACE)",
        ["users: PRIMARY KEY (id) changed: no longer ON CONFLICT REPLACE"],
    ),
    "type name that SQLAlchemy doesn't know": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, credit MONEY)",
        ["users: column credit changed: type MONEY -> NUMERIC"],
    ),
    "comments": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, -- never reused\n username TEXT /* the login */)",
        ['users: comment "-- never reused" vanished', 'users: comment "/* the login */" vanished'],
    ),
    "a key beside the rowid becomes the rowid": (
        "CREATE TABLE users (id int primary key, username TEXT)",
        ["users: PRIMARY KEY (id) changed: now ROWID"],
    ),
}

KEPT = {
    "STRICT": "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT) STRICT",
    "WITHOUT ROWID": "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT) WITHOUT ROWID",
    "named CHECK": "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, CONSTRAINT named CHECK (id > 0))",
    "UNIQUE in a clause of the table": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username varchar(50), UNIQUE (username))"
    ),
    "partial index": """CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT);
        CREATE UNIQUE INDEX filled ON users (username) WHERE username <> ''""",
    "default expressions": """CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT,
        answer INTEGER DEFAULT (40 + 2), seen TEXT DEFAULT (datetime('now')),
        made TIMESTAMP DEFAULT CURRENT_TIMESTAMP, word TEXT DEFAULT 'a ''b''')""",
    "named FOREIGN KEY in a clause of the table": """CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT,
        boss_id INTEGER, CONSTRAINT boss FOREIGN KEY (boss_id) REFERENCES users (id)
        ON UPDATE SET NULL ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED)""",
}


@pytest.fixture(params=["sqlite3", "pysqlite3"])
def driver(request: pytest.FixtureRequest) -> ModuleType:
    """Each driver: the standard library's, and the package with a newer SQLite, where it is installed."""
    module: ModuleType = pytest.importorskip(request.param)
    return module


def rebuild(driver: ModuleType, script: str, *, foreign_keys: bool = False) -> tuple[Snapshot, Diff]:
    """Add a column, fill it, and forbid NULL in batch mode; what the database was before, and what differs after."""
    engine = sa.create_engine("sqlite://", module=driver, poolclass=sa.StaticPool)
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.executescript(f"{script}; {TWO_USERS}")
        if foreign_keys:
            raw.execute("PRAGMA foreign_keys = ON")
        before = read_snapshot(raw)
        flag = sa.Integer() if before.tables["users"].options & {"STRICT"} else sa.Boolean()  # STRICT knows no BOOLEAN
        operations = Operations(MigrationContext.configure(connection))
        operations.add_column("users", sa.Column("is_active", flag, nullable=True))
        connection.execute(sa.text("UPDATE users SET is_active = 1"))
        with operations.batch_alter_table("users") as batch:
            batch.alter_column("is_active", existing_type=flag, nullable=False)
        connection.commit()
        after = read_snapshot(raw)
    engine.dispose()
    return before, diff(before, after)


@pytest.mark.parametrize(("script", "expected"), LOST.values(), ids=LOST.keys())
def test_a_rebuild_loses_it_and_the_diff_names_it(driver: ModuleType, script: str, expected: list[str]) -> None:
    _, found = rebuild(driver, script)
    assert [change.describe() for change in found.lost] == expected
    assert APPEARED in found.describe()


@pytest.mark.parametrize("script", KEPT.values(), ids=KEPT.keys())
def test_a_rebuild_keeps_it_and_the_diff_shows_nothing_but_the_new_column(driver: ModuleType, script: str) -> None:
    _, found = rebuild(driver, script)
    assert [change.name for change in found.changes] == ["is_active"]
    assert found.lost == ()
    assert found.row_changes == ()


def test_a_rebuild_of_the_parent_deletes_the_children_under_cascade(driver: ModuleType) -> None:
    children = """CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE);
        INSERT INTO orders VALUES (10, 1), (11, 2)"""
    before, found = rebuild(driver, children, foreign_keys=True)
    assert before.tables["orders"].row_count == 2
    assert [change.describe() for change in found.lost] == ["orders: row count: 2 -> 0"]
    assert [change.describe() for change in found.lost_values] == ["orders: row 10 vanished", "orders: row 11 vanished"]


def test_a_rebuild_of_the_parent_nulls_the_children_under_set_null(driver: ModuleType) -> None:
    children = """CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE SET NULL);
        INSERT INTO orders VALUES (10, 1)"""
    _, found = rebuild(driver, children, foreign_keys=True)
    assert [change.describe() for change in found.lost_values] == ["orders: row 10 changed: user_id 1 -> NULL"]
