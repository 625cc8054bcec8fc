"""For random tables of MariaDB: a snapshot survives dump and restore, and each ALTER is found, and nothing else."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engines.mariadb_server import MariaDBServer, mariadb_server
from migration_lab.snapshot import diff, read_snapshot

ALL = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"
OPTIONS: dict[str, Any] = {
    "deadline": None,
    "phases": (Phase.generate,),
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "derandomize": not ALL,
}

names = st.text(
    st.characters(codec="utf-8", max_codepoint=0xFFFF, exclude_categories=("Cs", "Cc", "Zs", "Cn")),
    min_size=1,
    max_size=9,
)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs", "Cn")), max_size=9)


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


@st.composite
def columns(draw: st.DrawFn) -> str:
    """A column's definition without its name."""
    kind = draw(st.sampled_from(["text", "number", "moment", "generated", "other"]))
    null = draw(st.sampled_from(["", " NULL", " NOT NULL"]))
    if kind == "text":
        type_ = draw(st.sampled_from(["VARCHAR(50)", "CHAR(12)", "ENUM('a', 'it''s')", "SET('x', 'y')", "LONGTEXT"]))
        character = draw(st.sampled_from(["", " CHARACTER SET latin1", " COLLATE utf8mb4_bin", " CHARACTER SET ascii"]))
        default = ""
        if type_[0] in "VL" and not character:
            character = " CHARACTER SET utf8mb4"  # which holds any text, whatever the table's is
            default = draw(st.just("") | texts.map(lambda text: f" DEFAULT {literal(text)}"))
        told = f"{type_}{character}{null}{default}"
    elif kind == "number":
        type_ = draw(
            st.sampled_from(["INT", "TINYINT(1)", "BIGINT UNSIGNED", "INT(5) ZEROFILL", "DECIMAL(9,3)", "DOUBLE"])
        )
        told = type_ + null + draw(st.sampled_from(["", " DEFAULT 7", " DEFAULT (1 + 2)"]))
        told += draw(st.sampled_from(["", " INVISIBLE"])) if "DEFAULT" in told else ""
    elif kind == "moment":
        digits = draw(st.sampled_from(["", "(3)"]))
        update = draw(st.sampled_from(["", f" ON UPDATE CURRENT_TIMESTAMP{digits}"]))
        told = f"DATETIME{digits}{null} DEFAULT CURRENT_TIMESTAMP{digits}{update}"
    elif kind == "generated":
        told = draw(
            st.sampled_from(["INT AS (n * 2) VIRTUAL", "INT AS (n + 1) STORED", "TEXT AS (upper(word)) VIRTUAL"])
        )
    else:
        told = draw(st.sampled_from(["JSON", "BLOB", "UUID", "INET6", "BIT(3) DEFAULT b'101'", "YEAR", "POINT"])) + null
        told = told if "BIT" not in told else told.removesuffix(null)
    return told + draw(st.just("") | texts.map(lambda text: f" COMMENT {literal(text)}"))


@st.composite
def tables(draw: st.DrawFn, altered: bool = False) -> list[str]:
    """The statements that make a table with five columns of known kinds, random ones after them, and two more tables.

    One to be ``altered`` has no options, nor indexes, that would stand in an ALTER's way.
    """
    own = {"id", "n", "word", "made", "parent_id", "fresh"}
    found = draw(st.dictionaries(names, columns(), max_size=5))
    lowered = {name.strip().casefold(): name for name in found}
    random = [f"{quoted(name)} {found[name]}" for key, name in lowered.items() if key and key not in own]
    parts = draw(st.sampled_from(["PRIMARY KEY (id)", "PRIMARY KEY (id, n)", "UNIQUE KEY first (id)"]))
    extra = draw(
        st.lists(
            st.sampled_from(
                [
                    "UNIQUE KEY pair (word (5), n DESC)",
                    "FULLTEXT KEY found (word)",
                    "CHECK (n <> 5 OR word <> 'it''s %')",
                    "CONSTRAINT named CHECK (n < 1000)",
                    "INDEX off (made) IGNORED",
                    "CONSTRAINT up FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE",
                    *([] if altered else ["INDEX quick (n, word (7))"]),
                ]
            ),
            unique=True,
        )
    )
    options = (
        ""
        if altered
        else draw(st.sampled_from(["", " ROW_FORMAT=COMPRESSED", " CHARACTER SET latin1", " WITH SYSTEM VERSIONING"]))
    )
    known = ["id INT NOT NULL", "n INT NOT NULL", "word VARCHAR(40)", "made DATETIME", "parent_id INT"]
    comment = "" if altered else draw(texts)
    return [
        "CREATE TABLE parent (id INT PRIMARY KEY)",
        f"CREATE TABLE t ({', '.join([*known, *random, parts, *extra])}){options} COMMENT {literal(comment)}",
        "CREATE TABLE apart (id INT PRIMARY KEY)",
    ]


def run(connection: Any, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture(scope="module")
def server() -> MariaDBServer:
    return mariadb_server()


@settings(max_examples=200 if ALL else 15, **OPTIONS)
@given(statements=tables())
def test_a_snapshot_equals_itself_after_dump_and_restore(server: MariaDBServer, statements: list[str]) -> None:
    more = [
        "CREATE VIEW shown AS SELECT id, word AS `w%` FROM t WHERE word <> 'it''s \\\\'",
        "CREATE TRIGGER low BEFORE INSERT ON t FOR EACH ROW SET NEW.word = lower(NEW.word)",
        "CREATE SEQUENCE numbers START WITH 3 INCREMENT BY 2",
        "CREATE PROCEDURE nothing(IN a INT) SELECT a",
        "CREATE TABLE parts (a INT) PARTITION BY LIST (a) (PARTITION one VALUES IN (1), PARTITION two VALUES IN (3))",
    ]
    with server.database() as database, server.database() as copy:
        with server.connect(database) as connection:
            run(connection, *statements, *more)
            before = read_snapshot(connection)
        server.copy(database, copy)
        with server.connect(copy) as connection:
            after = read_snapshot(connection)
    assert not diff(before, after), diff(before, after).describe()
    assert before == after


# What is done, and the kind, name, action and attributes of each change that it makes.
ALTERS: dict[str, list[tuple[str, str, str, tuple[str, ...]]]] = {
    "ALTER TABLE t ADD fresh INT": [("column", "fresh", "appeared", ())],
    "ALTER TABLE t MODIFY n BIGINT NOT NULL": [("column", "n", "changed", ("type",))],
    "ALTER TABLE t MODIFY word VARCHAR(40) NOT NULL": [("column", "word", "changed", ("nullable",))],
    "ALTER TABLE t ALTER word SET DEFAULT 'it''s %'": [("column", "word", "changed", ("default",))],
    "ALTER TABLE t MODIFY word VARCHAR(40) COLLATE utf8mb4_unicode_ci": [("column", "word", "changed", ("collation",))],
    "ALTER TABLE t MODIFY word VARCHAR(40) COMMENT 'new'": [("column", "word", "changed", ("comment",))],
    "ALTER TABLE t MODIFY made DATETIME ON UPDATE CURRENT_TIMESTAMP": [("column", "made", "changed", ("options",))],
    "ALTER TABLE t MODIFY made DATETIME INVISIBLE": [("column", "made", "changed", ("options",))],
    "ALTER TABLE t MODIFY id INT NOT NULL AUTO_INCREMENT": [("column", "id", "changed", ("identity",))],
    "ALTER TABLE t ADD INDEX later (made DESC)": [("index", "later", "appeared", ())],
    "ALTER TABLE t ADD FULLTEXT INDEX later (word)": [("index", "later", "appeared", ())],
    "ALTER TABLE t ADD UNIQUE later (id, made)": [("unique", "(id, made)", "appeared", ())],
    "ALTER TABLE t ADD CONSTRAINT later CHECK (n > 0)": [("check", "n > 0", "appeared", ())],
    "ALTER TABLE t ADD CONSTRAINT later FOREIGN KEY (n) REFERENCES parent (id)": [
        ("foreign key", "(n) -> parent (id)", "appeared", ()),
        ("index", "later", "appeared", ()),
    ],
    "ALTER TABLE t COMMENT 'the new one'": [("comment", "the new one", "appeared", ())],
    "ALTER TABLE t KEY_BLOCK_SIZE=8 ROW_FORMAT=COMPRESSED": [
        ("option", "KEY_BLOCK_SIZE=8", "appeared", ()),
        ("option", "ROW_FORMAT=COMPRESSED", "appeared", ()),
    ],
    "ALTER TABLE apart ENGINE=MyISAM": [("option", "ENGINE=MyISAM", "appeared", ())],
    "ALTER TABLE apart ADD SYSTEM VERSIONING": [("option", "WITH SYSTEM VERSIONING", "appeared", ())],
    "ALTER TABLE apart PARTITION BY HASH (id) PARTITIONS 2": [
        ("partitioning", "", "appeared", ()),
        ("partition", "p0", "appeared", ()),
        ("partition", "p1", "appeared", ()),
    ],
    "CREATE TRIGGER later BEFORE UPDATE ON t FOR EACH ROW SET NEW.n = 1": [("trigger", "later", "appeared", ())],
    "CREATE VIEW shown AS SELECT id FROM t": [("view", "shown", "appeared", ())],
    "CREATE SEQUENCE later": [("sequence", "later", "appeared", ())],
    "INSERT INTO parent VALUES (7)": [("row count", "", "changed", ("count",))],
}


@settings(max_examples=60 if ALL else 2, **OPTIONS)
@given(statements=tables(altered=True))
def test_each_alter_is_found_and_nothing_else(server: MariaDBServer, statements: list[str]) -> None:
    for alter, expected in ALTERS.items():
        with server.database() as database, server.connect(database) as connection:
            run(connection, *statements)
            before = read_snapshot(connection)
            run(connection, alter)
            found = diff(before, read_snapshot(connection))
        changes = [(one.kind, one.name, one.action, one.attributes) for one in found.changes]
        assert sorted(changes) == sorted(expected), (alter, found.describe())


UNDONE = [
    ("ALTER TABLE t ALTER n SET DEFAULT 7", "ALTER TABLE t ALTER n DROP DEFAULT", "default 7 -> none"),
    ("ALTER TABLE t ADD INDEX x (n)", "ALTER TABLE t DROP INDEX x", "index x vanished"),
    ("ALTER TABLE t ADD INDEX x (n)", "ALTER TABLE t ALTER INDEX x IGNORED", "now IGNORED"),
    ("ALTER TABLE t ADD CONSTRAINT x CHECK (n > 0)", "ALTER TABLE t DROP CONSTRAINT x", "CHECK (n > 0) vanished"),
    ("ALTER TABLE t MODIFY word VARCHAR(40) NOT NULL", "ALTER TABLE t MODIFY word VARCHAR(40)", "nullable no -> yes"),
    ("DO 0", "ALTER TABLE t MODIFY word INT", "type VARCHAR(40) -> INTEGER"),
    ("CREATE SEQUENCE x", "DROP SEQUENCE x", "sequence x vanished"),
]


@pytest.mark.parametrize(("before", "loss", "line"), UNDONE)
def test_what_an_alter_takes_away_is_a_loss(server: MariaDBServer, before: str, loss: str, line: str) -> None:
    with server.database() as database, server.connect(database) as connection:
        run(connection, "CREATE TABLE t (id INT PRIMARY KEY, n INT, word VARCHAR(40))", before)
        first = read_snapshot(connection)
        run(connection, loss)
        lost = diff(first, read_snapshot(connection)).lost
    assert any(line in change.describe() for change in lost)


def test_a_new_character_set_is_told_where_it_is_one(server: MariaDBServer) -> None:
    with server.database() as database, server.connect(database) as connection:
        run(connection, "CREATE TABLE t (id INT PRIMARY KEY, word VARCHAR(40))")
        first = read_snapshot(connection)
        run(connection, "ALTER TABLE t CHARACTER SET latin1")
        second = read_snapshot(connection)
        run(connection, "ALTER TABLE t CONVERT TO CHARACTER SET latin1")
        third = read_snapshot(connection)
    assert diff(first, second).describe() == ["t: option COLLATE latin1_swedish_ci appeared"]
    assert diff(second, third).describe() == ["t: column word changed: collation none -> latin1_swedish_ci"]
