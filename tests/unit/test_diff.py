"""What a Diff says of two snapshots: what appeared, vanished and changed, what of it is a loss, and in which words."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from migration_lab.snapshot import (
    Change,
    Column,
    Diff,
    EngineVersion,
    ForeignKey,
    Part,
    PrimaryKey,
    Snapshot,
    Table,
    Trigger,
    Unique,
    View,
    diff,
    read_snapshot,
)

USERS = """CREATE TABLE users (id INTEGER PRIMARY KEY, username varchar(50) UNIQUE, email TEXT);
    INSERT INTO users VALUES (1, 'adi', NULL), (2, 'john', NULL);"""


def snapshot(script: str, *, page_rows: int = 20, count_limit: int | None = None) -> Snapshot:
    connection = sqlite3.connect(":memory:")
    connection.executescript(script)
    return read_snapshot(connection, page_rows=page_rows, count_limit=count_limit)


def lines(before: str, after: str) -> list[str]:
    return diff(snapshot(before), snapshot(after)).describe()


def lost(before: str, after: str) -> list[str]:
    return [change.describe() for change in diff(snapshot(before), snapshot(after)).lost]


def numbered(first: int, last: int, columns: str = "id INTEGER PRIMARY KEY") -> str:
    values = ", ".join(f"({number})" for number in range(first, last + 1))
    return f"CREATE TABLE t ({columns}); INSERT INTO t VALUES {values};"


def test_nothing_differs_between_equals() -> None:
    same = diff(snapshot(USERS), snapshot(USERS))
    assert not same
    assert (same.changes, same.row_changes, same.lost, same.lost_values, same.describe()) == ((), (), (), (), [])
    assert Diff.between(same.before, same.after) == same


def test_a_new_column_is_told_with_what_it_is_and_leaves_the_rows_unchanged() -> None:
    found = diff(
        snapshot(USERS), snapshot(USERS + "ALTER TABLE users ADD COLUMN is_active BOOLEAN NOT NULL DEFAULT '1'")
    )
    assert found.describe() == ["users: column is_active appeared (BOOLEAN, NOT NULL, default '1')"]
    (change,) = found.changes
    assert (change.kind, change.table, change.name, change.action) == ("column", "users", "is_active", "appeared")
    assert change.before is None
    assert change.after == Column("is_active", "BOOLEAN", nullable=False, default="'1'")
    assert found
    assert not found.lost


def test_a_changed_column_is_told_by_its_attributes() -> None:
    before = "CREATE TABLE t (a TEXT)"
    after = "CREATE TABLE t (a VARCHAR(9) COLLATE NOCASE NOT NULL DEFAULT 'x')"
    assert lines(before, after) == [
        "t: column a changed: type TEXT -> VARCHAR(9); nullable yes -> no; "
        "default none -> 'x'; collation none -> NOCASE"
    ]
    (change,) = diff(snapshot(before), snapshot(after)).changes
    assert change.attributes == ("type", "nullable", "default", "collation")


def test_the_spelling_of_the_ddl_is_no_change() -> None:
    before = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(5) COLLATE nocase DEFAULT (1+2), CHECK (a>0), UNIQUE (a))"
    )
    after = """create table "t" ("id" integer not null, "a" varchar( 5 ) collate NOCASE default (1 + 2) unique
        check ("a" > 0), primary key (id))"""
    assert lines(before, after) == []


def test_comments_are_told() -> None:
    assert lines("CREATE TABLE t (a /* why */)", "CREATE TABLE t (a) -- not stored") == [
        't: comment "/* why */" vanished'
    ]


def test_a_constraint_that_gets_a_name_is_the_same_constraint() -> None:
    before = """CREATE TABLE p (id INTEGER PRIMARY KEY);
        CREATE TABLE t (a UNIQUE CHECK (a > 0) REFERENCES p)"""
    after = """CREATE TABLE p (id INTEGER PRIMARY KEY);
        CREATE TABLE t (a, CONSTRAINT u UNIQUE (a), CONSTRAINT c CHECK (a > 0),
        CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id))"""
    assert lines(before, after) == [
        "t: UNIQUE (a) changed: name none -> u",
        "t: FOREIGN KEY (a) -> p (id) changed: name none -> f",
        "t: CHECK (a > 0) changed: name none -> c",
    ]
    assert lost(before, after) == []
    assert len(lost(after, before)) == 3


def test_a_table_that_came_or_went_is_one_change() -> None:
    found = diff(snapshot(USERS), snapshot("CREATE VIEW v AS SELECT 1; CREATE TABLE empty (a UNIQUE)"))
    assert found.describe() == [
        "table users vanished (2 rows)",
        "table empty appeared (0 rows)",
        "view v appeared",
    ]
    assert [change.kind for change in found.lost] == ["table"]


def test_the_version_comes_first_and_going_back_is_no_loss() -> None:
    def at(*versions: str) -> Snapshot:
        return replace(snapshot(USERS), versions=versions)

    assert diff(at(), at("0001")).describe() == ["version: none -> 0001"]
    assert diff(at("0002"), at("0001", "0003")).describe() == ["version: 0002 -> 0001, 0003"]
    assert diff(at("0001"), at()).lost == ()
    later = replace(snapshot("CREATE TABLE alembic_version (version_num)"), versions=("0001",))
    assert diff(snapshot(""), later).changes[0].kind == "version"


def test_the_version_row_is_told_once() -> None:
    table = "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('{}')"
    assert lines(table.format("0001"), table.format("0002")) == ["version: 0001 -> 0002"]


@pytest.mark.parametrize(
    ("strong", "weak"),
    [
        ("a TEXT NOT NULL", "a TEXT"),
        ("a TEXT DEFAULT 'x'", "a TEXT"),
        ("a TEXT COLLATE NOCASE", "a TEXT"),
        ("a TEXT UNIQUE ON CONFLICT REPLACE", "a TEXT UNIQUE"),
        ("a TEXT, UNIQUE (a COLLATE NOCASE)", "a TEXT, UNIQUE (a)"),
        ("a TEXT PRIMARY KEY", "a TEXT"),
        ("a TEXT REFERENCES t ON DELETE CASCADE", "a TEXT REFERENCES t"),
        ("a TEXT REFERENCES t DEFERRABLE INITIALLY DEFERRED", "a TEXT REFERENCES t"),
        ("b, a TEXT AS (b) STORED", "b, a TEXT"),
    ],
)
def test_a_weaker_rule_is_a_loss_and_a_stronger_one_is_none(strong: str, weak: str) -> None:
    assert len(lost(f"CREATE TABLE t ({strong})", f"CREATE TABLE t ({weak})")) == 1
    assert lost(f"CREATE TABLE t ({weak})", f"CREATE TABLE t ({strong})") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("a MONEY", "a NUMERIC"), ("a REFERENCES t ON DELETE CASCADE", "a REFERENCES t ON DELETE SET NULL")],
)
def test_another_type_or_action_is_a_loss_either_way(before: str, after: str) -> None:
    assert len(lost(f"CREATE TABLE t ({before})", f"CREATE TABLE t ({after})")) == 1
    assert len(lost(f"CREATE TABLE t ({after})", f"CREATE TABLE t ({before})")) == 1


def test_another_default_or_a_synonym_of_the_type_is_a_change_and_no_loss() -> None:
    before, after = "CREATE TABLE t (a INT DEFAULT 1, b BOOL)", "CREATE TABLE t (a INTEGER DEFAULT 2, b BOOLEAN)"
    assert lines(before, after) == [
        "t: column a changed: type INT -> INTEGER; default 1 -> 2",
        "t: column b changed: type BOOL -> BOOLEAN",
    ]
    assert lost(before, after) == []


def test_indexes_and_triggers_are_told_by_name() -> None:
    base = "CREATE TABLE t (a, b);"
    index = "CREATE UNIQUE INDEX i ON t (a, lower(b) DESC) WHERE a > 0;"
    trigger = "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;"
    assert lines(base, base + index + trigger) == [
        "t: index i appeared (unique on (a, lower(b) DESC) WHERE a > 0)",
        "t: trigger g appeared",
    ]
    assert lost(base + index, base + "CREATE INDEX i ON t (a, lower(b) DESC)") == [
        "t: index i changed: unique yes -> no; WHERE a > 0 -> none"
    ]


def test_fewer_rows_are_a_loss_and_more_are_none() -> None:
    assert lost(numbered(1, 3), numbered(1, 2)) == ["t: row count: 3 -> 2"]
    assert lines(numbered(1, 2), numbered(1, 3)) == ["t: row count: 2 -> 3", "t: row 3 appeared"]
    assert lost(numbered(1, 2), numbered(1, 3)) == []
    many, few = snapshot(numbered(1, 9), count_limit=5), snapshot(numbered(1, 5), count_limit=5)
    assert [change.describe() for change in diff(many, few).lost] == ["t: row count: more than 5 -> 5"]


def test_changed_rows_are_told_by_column_with_their_values() -> None:
    found = diff(
        snapshot(USERS),
        snapshot(USERS + "UPDATE users SET email = 'a@b' WHERE id = 1; UPDATE users SET username = NULL WHERE id = 2"),
    )
    assert found.describe() == [
        "users: row 1 changed: email NULL -> 'a@b'",
        "users: row 2 changed: username 'john' -> NULL",
    ]
    assert [(change.action, change.key, change.columns) for change in found.row_changes] == [
        ("changed", ("1",), ("email",)),
        ("changed", ("2",), ("username",)),
    ]
    assert [change.key for change in found.lost_values] == [("2",)]


def test_a_row_that_moves_onto_the_page_has_not_appeared() -> None:
    def page(script: str) -> Snapshot:
        return snapshot(script, page_rows=5)

    hundred = numbered(1, 100)
    assert [c.describe() for c in diff(page(hundred), page(hundred + "DELETE FROM t WHERE id = 3")).row_changes] == [
        "t: row 3 vanished"
    ]
    assert [c.describe() for c in diff(page(hundred + "DELETE FROM t WHERE id = 3"), page(hundred)).row_changes] == [
        "t: row 3 appeared"
    ]
    gone = diff(page(hundred), page(hundred + "DELETE FROM t WHERE id < 20")).row_changes
    assert [change.key for change in gone] == [("1",), ("2",), ("3",), ("4",), ("5",)]
    assert {change.action for change in gone} == {"vanished"}
    by_text = numbered(10, 99, "k TEXT PRIMARY KEY")
    assert [c.describe() for c in diff(page(by_text), page(by_text + "DELETE FROM t WHERE k = '12'")).row_changes] == [
        "t: row 12 vanished"
    ]


def test_rows_with_another_primary_key_are_not_compared() -> None:
    assert diff(snapshot(numbered(1, 2)), snapshot(numbered(3, 4, "id INTEGER"))).row_changes == ()


def test_rows_whose_keys_are_all_null_are_told_apart() -> None:
    table = "CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES (NULL, 1), (NULL, 2);"
    (change,) = diff(snapshot(table), snapshot(table + "UPDATE t SET v = 3 WHERE v = 2")).row_changes
    assert change.describe() == "t: row NULL changed: v 2 -> 3"


def test_for_table_leaves_out_all_other_tables() -> None:
    other = "CREATE TABLE other (a);"
    found = diff(snapshot(USERS + other), snapshot(USERS + "DELETE FROM users WHERE id = 1"))
    assert found.for_table("other").describe() == ["table other vanished (0 rows)"]
    assert found.for_table("users").describe() == ["users: row count: 2 -> 1", "users: row 1 vanished"]
    assert not found.for_table("none")


def test_snapshots_made_by_hand_are_compared_too() -> None:
    column = Column("is_active", "boolean", nullable=True)
    before = Snapshot(EngineVersion("PostgreSQL", (18,)), tables={"users": Table("users", "", (column,))})
    after = Snapshot(
        EngineVersion("PostgreSQL", (18,)), tables={"users": Table("users", "", (replace(column, nullable=False),))}
    )
    assert diff(before, after).describe() == ["users: column is_active changed: nullable yes -> no"]
    assert diff(before, after).changes == (
        Change("column", "users", "is_active", column, replace(column, nullable=False)),
    )


def by_hand(table: Table, *parts: Part, **more: Any) -> Snapshot:
    return Snapshot(EngineVersion("PostgreSQL", (18, 4)), tables={table.name: table}, parts=parts, **more)


def options(*words: str) -> frozenset[str]:
    return frozenset(words)


@pytest.mark.parametrize(
    ("before", "after", "words", "loses"),
    [
        (options(), options("NOT VALID"), "now NOT VALID", True),
        (options("NOT VALID"), options(), "no longer NOT VALID", False),
        (options("MATCH FULL"), options(), "no longer MATCH FULL", True),
        (options(), options("MATCH FULL"), "now MATCH FULL", False),
        (options("a=1"), options("a=2"), "a=1 -> a=2", True),
    ],
)
def test_options_are_told_in_words_and_some_take_something_away(
    before: frozenset[str], after: frozenset[str], words: str, loses: bool
) -> None:
    def snapshot_with(options: frozenset[str]) -> Snapshot:
        return by_hand(Table("t", "", foreign_keys=(ForeignKey(("a",), "p", ("id",), options=options),)))

    found = diff(snapshot_with(before), snapshot_with(after))
    assert found.describe() == [f"t: FOREIGN KEY (a) -> p (id) changed: {words}"]
    assert bool(found.lost) == loses


def test_a_not_null_that_old_rows_need_not_keep_is_no_loss_when_it_comes_nor_when_it_is_validated() -> None:
    free = Column("a", "INTEGER", nullable=True)
    marked = replace(free, nullable=False, options=options("NOT NULL NOT VALID"))
    valid = replace(free, nullable=False)
    shots = [by_hand(Table("t", "", (column,))) for column in (free, marked, valid)]
    assert diff(shots[0], shots[1]).describe() == ["t: column a changed: nullable yes -> no; now NOT NULL NOT VALID"]
    assert [diff(shots[0], shots[1]).lost, diff(shots[1], shots[2]).lost] == [(), ()]
    assert len(diff(shots[1], shots[0]).lost) == 1


def test_parts_are_told_by_kind_and_name_at_a_table_and_at_the_database() -> None:
    before = by_hand(Table("t", "", parts=(Part("policy", "own", "USING (a)"),)), Part("enum", "mood", "'sad'"))
    after = by_hand(Table("t", "", parts=(Part("grant", "SELECT to bob"),)), Part("enum", "mood", "'sad', 'ok'"))
    found = diff(before, after)
    assert found.describe() == [
        "t: policy own vanished (USING (a))",
        "enum mood changed: 'sad' -> 'sad', 'ok'",
        "t: grant SELECT to bob appeared",
    ]
    assert [change.kind for change in found.lost] == ["policy"]


def test_two_constraints_that_do_the_same_are_two() -> None:
    twice = (Unique(("a",), "one"), Unique(("a",), "two"))
    found = diff(by_hand(Table("t", "", uniques=twice)), by_hand(Table("t", "", uniques=twice[:1])))
    assert found.describe() == ["t: UNIQUE (a) (2) vanished (named two)"]


def test_what_belongs_to_a_view_is_told_and_a_new_view_is_one_change() -> None:
    view = View("v", "SELECT 1", (Trigger("g", "CREATE TRIGGER g"),), parts=(Part("grant", "SELECT to bob"),))
    plain, full, none = (
        Snapshot(EngineVersion("PostgreSQL"), views=views) for views in ({"v": View("v", "SELECT 1")}, {"v": view}, {})
    )
    assert diff(plain, full).describe() == ["v: trigger g appeared", "v: grant SELECT to bob appeared"]
    assert diff(none, full).describe() == ["view v appeared"]
    assert diff(full, none).describe() == ["view v vanished"]


def test_nothing_is_said_of_what_was_locked() -> None:
    table, view = Table("t", "", (Column("a", "INTEGER", nullable=True),)), View("v", "SELECT a FROM t")
    before = by_hand(table, views={"v": view})
    during = by_hand(Table("t", ""), views={"v": View("v", "")}, locked=frozenset({"t", "v"}))
    assert not diff(before, during)
    assert not diff(during, before)


def test_every_line_is_one_line() -> None:
    before = 'CREATE TABLE "a\nb" ("c\nd" CHECK ("c\nd" > 0) DEFAULT (1 +\n2) /* e\nf */)'
    found = lines(before, 'CREATE TABLE "a\nb" (g)')
    assert found
    assert all("\n" not in line for line in found)


def test_that_a_key_is_the_rowid_is_told_only_where_it_changes() -> None:
    rowid, other = (
        Change("primary key", "users", "", None, PrimaryKey(("id",), options=frozenset(options)))
        for options in (("ROWID",), ())
    )
    assert rowid.describe() == other.describe() == "users: PRIMARY KEY (id) appeared"
    changed = Change("primary key", "users", "", rowid.after, other.after)
    assert changed.describe() == "users: PRIMARY KEY (id) changed: no longer ROWID"
