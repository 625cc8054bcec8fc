"""For random tables: a snapshot outlives a dump and a restore; each single change is found, and nothing else."""

from __future__ import annotations

import os
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from engines.alterations_postgresql import ALTERATIONS, BASE, Alteration
from engines.random_tables_postgresql import databases
from engines.servers import Server
from migration_lab.snapshot import diff, read_snapshot

ALL = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"
# The same examples in each run, unless all is asked for; they are bounded by their number, not by a clock.
SOME = settings(
    max_examples=200 if ALL else 8,
    derandomize=not ALL,
    deadline=None,
    database=None,
    phases=tuple(Phase) if ALL else (Phase.explicit, Phase.generate),  # to make an example smaller takes minutes
    suppress_health_check=list(HealthCheck),
)


@SOME
@given(script=databases())
def test_a_snapshot_is_equal_to_itself_after_dump_and_restore(server: Server, script: str) -> None:
    note(script)
    with server.database() as one, server.database() as other:
        with server.connect(one, autocommit=True) as connection:
            connection.execute(script.encode())
            before = read_snapshot(connection)
        server.copy(one, other)
        with server.connect(other, autocommit=True) as connection:
            after = read_snapshot(connection)
    assert diff(before, after).describe() == []
    assert after == before


@pytest.mark.parametrize("alteration", ALTERATIONS, ids=[alteration.sql for alteration in ALTERATIONS])
def test_each_single_change_is_told_and_nothing_else(
    server: Server, altered: psycopg.Connection[Any], alteration: Alteration
) -> None:
    if server.version < alteration.since:
        with pytest.raises(psycopg.errors.Error):
            altered.execute(alteration.sql)
        return
    before = read_snapshot(altered)
    altered.execute(alteration.sql)
    found = diff(before, read_snapshot(altered))
    assert tuple(found.describe()) == alteration.lines


@SOME
@given(script=databases(), alterations=st.lists(st.sampled_from(ALTERATIONS), min_size=4, max_size=4))
def test_beside_any_tables_a_single_change_is_told_and_nothing_else(
    server: Server, altered: psycopg.Connection[Any], script: str, alterations: list[Alteration]
) -> None:
    note(script)
    with altered.transaction(force_rollback=True):
        altered.execute("DROP SCHEMA IF EXISTS beside CASCADE; CREATE SCHEMA beside; SET LOCAL search_path = beside")
        altered.execute(script.encode())
        altered.execute("SET CONSTRAINTS ALL IMMEDIATE")
        altered.execute("SET LOCAL search_path = public")
        before = read_snapshot(altered)
        for alteration in alterations:
            if server.version >= alteration.since:
                with altered.transaction(force_rollback=True):
                    altered.execute(alteration.sql)
                    assert tuple(diff(before, read_snapshot(altered)).describe()) == alteration.lines


@SOME
@given(script=databases(), data=st.data())
def test_a_change_of_any_tables_column_is_told_and_nothing_else(
    server: Server, connection: psycopg.Connection[Any], script: str, data: st.DataObject
) -> None:
    note(script)
    with connection.transaction(force_rollback=True):
        connection.execute(script.encode())
        connection.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # what is checked at the end keeps a table from being altered
        before = read_snapshot(connection)
        table = data.draw(st.sampled_from(sorted(before.tables)))
        column = data.draw(st.sampled_from([one for one in before.tables[table].columns if not one.generated]))
        own = f"ALTER TABLE {quoted(table)} ALTER {quoted(column.name)}"
        changes = {
            f"{own} DROP DEFAULT": ("default",) if column.default is not None and not column.identity else (),
            f"COMMENT ON COLUMN {quoted(table)}.{quoted(column.name)} IS 'other words'": ("comment",),
            f"{own} SET STATISTICS 77": ("options",),
        }
        if column.name != "id":
            changes[f"{own} DROP NOT NULL"] = () if column.nullable else ("nullable",)
        if column.identity:
            del changes[f"{own} DROP DEFAULT"]
        for sql, attributes in changes.items():
            with connection.transaction(force_rollback=True):
                connection.execute(sql.encode())
                found = diff(before, read_snapshot(connection))
            told = [(change.kind, change.table, change.name, change.attributes) for change in found.changes]
            assert told == ([("column", table, column.name, attributes)] if attributes else []), sql
            assert not found.row_changes


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@pytest.fixture(scope="module")
def altered_database(server: Server) -> Any:
    with server.database() as name:
        with server.connect(name, autocommit=True) as connection:
            connection.execute(BASE)
        yield name


@pytest.fixture
def altered(server: Server, altered_database: str) -> Any:
    """A connection to a database with the tables that the changes are of, in a transaction that is rolled back."""
    with server.connect(altered_database) as connection:
        yield connection
        connection.rollback()
