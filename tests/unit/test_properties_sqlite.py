"""For random tables of SQLite: a snapshot outlives a dump; each single change is told, and nothing else."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from random_tables_sqlite import Shape, quoted, shapes

from migration_lab.snapshot import diff, read_snapshot

ALL = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"
SOME = settings(
    max_examples=200 if ALL else 30,
    derandomize=not ALL,
    deadline=None,
    database=None,
    phases=tuple(Phase) if ALL else (Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
# Each change of a table that has a column named fresh: the kind, name and action of what it makes.
CHANGES = {
    "ALTER TABLE {0} ADD COLUMN more TEXT DEFAULT 'x'": [("column", "more", "appeared")],
    "ALTER TABLE {0} RENAME COLUMN fresh TO newer": [("column", "fresh", "vanished"), ("column", "newer", "appeared")],
    "ALTER TABLE {0} DROP COLUMN fresh": [("column", "fresh", "vanished")],
    "CREATE INDEX later ON {0} (fresh DESC)": [("index", "later", "appeared")],
    "CREATE TRIGGER later AFTER DELETE ON {0} BEGIN SELECT 1; END": [("trigger", "later", "appeared")],
}


@SOME
@given(shape=shapes())
def test_a_snapshot_is_equal_to_itself_after_dump_and_restore(shape: Shape) -> None:
    assume("'" not in shape.table)  # of which iterdump makes no SQL
    note(shape.script)
    with closing(sqlite3.connect(":memory:")) as one, closing(sqlite3.connect(":memory:")) as other:
        one.executescript(shape.script)
        other.executescript("\n".join(one.iterdump()))
        assert read_snapshot(other) == read_snapshot(one)


@SOME
@given(shape=shapes())
@pytest.mark.parametrize("change", CHANGES)
def test_each_single_change_of_any_table_is_told_and_nothing_else(change: str, shape: Shape) -> None:
    note(shape.script)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(shape.script)
        connection.execute(f"ALTER TABLE {quoted(shape.table)} ADD COLUMN fresh INT")
        before = read_snapshot(connection)
        connection.execute(change.format(quoted(shape.table)))
        found = diff(before, read_snapshot(connection))
    assert {one.table for one in found.changes} == {shape.table}
    assert [(one.kind, one.name, one.action) for one in found.changes] == CHANGES[change]
