"""The parts of a backfill that need no server: its pace, its patience, and the order of keys."""

from __future__ import annotations

import sqlite3
from itertools import product
from typing import Any

import psycopg
import pymysql
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_lab.backfill.errors import BackfillError, words
from migration_lab.backfill.key import Bound, find_key
from migration_lab.backfill.pace import Pace
from migration_lab.backfill.patience import ATTEMPTS, passes, with_patience
from migration_lab.backfill.values import read_values


def test_the_pace_finds_the_size_that_takes_its_time_and_keeps_it() -> None:
    pace, sizes = Pace(0.035), []
    for _ in range(12):
        pace.took(pace.size, 0.001 + pace.size / 100_000)
        sizes.append(pace.size)
    assert all(later <= 8 * earlier for earlier, later in zip([50, *sizes], sizes, strict=False))
    assert 3300 < sizes[-1] < 3500


def test_one_slow_chunk_makes_the_next_smaller_and_not_tiny() -> None:
    pace = Pace(0.035)
    for _ in range(12):
        pace.took(pace.size, pace.size / 100_000)
    before = pace.size
    pace.took(pace.size, 0.1)
    assert before / 4 < pace.size < before
    for _ in range(4):
        pace.took(pace.size, pace.size / 100_000)
    assert pace.size > 0.8 * before


@pytest.mark.parametrize(("itself", "each"), [(0.12, 0.000_01), (0.04, 0.000_3), (0.5, 0.0)])
def test_where_a_chunk_takes_its_time_whatever_its_rows_a_table_is_done_in_chunks_all_the_same(
    itself: float, each: float
) -> None:
    """Far from the database, or on a full machine: at one row a chunk it would never be."""
    pace, left, chunks = Pace(0.035), 100_000, 0
    while left > 0 and chunks < 2_000:
        rows = min(pace.size, left)
        pace.took(rows, itself + each * rows)
        left, chunks = left - rows, chunks + 1
    assert left <= 0


def test_where_the_rows_take_the_time_chunks_are_as_small_as_it_needs() -> None:
    pace, taken = Pace(0.035), []
    for _ in range(200):
        taken.append(0.002 + pace.size / 500)
        pace.took(pace.size, taken[-1])
    assert max(taken[10:]) < 0.05


def test_a_chunk_without_work_says_nothing_about_one_with() -> None:
    pace = Pace(0.035)
    pace.took(0, 0.0)
    assert pace.size <= 50


def test_the_first_chunk_holds_no_lock_for_long_whatever_a_row_costs() -> None:
    pace = Pace(0.035)
    assert pace.size * 0.003 <= 3 * 0.05, "of rows of 3 ms, in lock budgets of 50 ms"
    pace.one_took(0.02)
    assert pace.size == 1


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    rows=st.sets(st.tuples(*[st.integers(0, 3)] * 3), min_size=1),
    down=st.tuples(*[st.booleans()] * 3),
    data=st.data(),
)
def test_a_part_of_a_table_is_what_lies_between_its_ends_in_any_order(
    rows: set[tuple[int, int, int]], down: tuple[bool, bool, bool], data: st.DataObject
) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a int, b int, c int, PRIMARY KEY (a, b, c)) WITHOUT ROWID")
        for row in rows:
            connection.exec_driver_sql("INSERT INTO t VALUES (?, ?, ?)", row)
        table = sa.Table("t", sa.MetaData(), autoload_with=connection)
        key = find_key(
            connection, table, [f"{name} DESC" if one else name for name, one in zip("abc", down, strict=True)]
        )

        def place(row: Any) -> list[int]:
            return [-value if one else value for value, one in zip(row, down, strict=True)]

        inside = sorted(rows, key=place)
        found = connection.execute(sa.select(*key.selected).order_by(*key.order())).all()
        assert [tuple(row) for row in found] == inside
        after, upto = data.draw(st.sampled_from(inside)), data.draw(st.sampled_from(inside))
        for included in (False, True):
            part = connection.execute(sa.select(*key.selected).where(key.part(Bound(after, included), upto))).all()
            wanted = {
                row
                for row in rows
                if place(after) < place(row) <= place(upto) or (included and row == after and place(row) <= place(upto))
            }
            assert {tuple(row) for row in part} == wanted
        for common in range(3):
            part = connection.execute(sa.select(*key.selected).where(key.beyond(Bound(after), common))).all()
            assert {tuple(row) for row in part} == {
                row for row in rows if place(row) > place(after) and row[:common] == after[:common]
            }


def test_what_passes_is_tried_again_with_longer_waits_and_a_bound() -> None:
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
    error = sa.exc.OperationalError("UPDATE", None, locked)
    waits: list[float] = []
    tried: list[int] = []

    def act() -> None:
        tried.append(1)
        raise error

    with pytest.raises(sa.exc.OperationalError):
        with_patience(act, waits.append)
    assert len(tried) == ATTEMPTS
    assert len(waits) == ATTEMPTS - 1
    assert waits[0] <= 0.05 < waits[3]
    assert max(waits) <= 2


@pytest.mark.parametrize("code", ["40P01", "40001", "55P03", 1205, 1213, 1020])
def test_what_a_server_says_of_others_passes(code: str | int) -> None:
    if isinstance(code, str):
        said: BaseException = psycopg.errors.lookup(code)("in the way")
    else:
        said = pymysql.err.OperationalError(code, "in the way")
    assert passes(sa.exc.OperationalError("UPDATE", None, said))
    other = psycopg.errors.lookup("23505")("twice"), pymysql.err.IntegrityError(1062, "twice")
    assert not any(passes(sa.exc.IntegrityError("UPDATE", None, one)) for one in other)


@pytest.mark.parametrize("message", ["no such column: x", "disk I/O error"])
def test_what_does_not_pass_is_not_tried_again(message: str) -> None:
    failed = sqlite3.OperationalError(message)
    failed.sqlite_errorcode = sqlite3.SQLITE_IOERR if "disk" in message else sqlite3.SQLITE_ERROR
    assert not passes(sa.exc.OperationalError("UPDATE", None, failed))


def test_words_are_on_one_line() -> None:
    assert words(sa.exc.OperationalError("UPDATE", None, Exception(1205, "Lock wait\ntimeout"))) == (
        "Lock wait timeout (1205)"
    )
    assert words(ZeroDivisionError()) == "ZeroDivisionError"


def test_by_default_what_is_left_are_the_rows_with_a_null() -> None:
    table = sa.Table("t", sa.MetaData(), *(sa.Column(name, sa.Integer) for name in "abc"))
    assert str(read_values(table, {"a": "1"}, None).left) == "t.a IS NULL"
    both = read_values(table, {"a": "1", "b": 2}, None)
    assert str(both.left) == "t.a IS NULL OR t.b IS NULL"
    assert "coalesce(t.a" in str(both.update())


def test_a_value_that_is_there_stays_unless_it_shall_be_overwritten() -> None:
    table = sa.Table("t", sa.MetaData(), *(sa.Column(name, sa.Integer) for name in "abc"))
    assert str(read_values(table, {"a": "1"}, "a < 0").open).endswith("AND t.a IS NULL")
    assert "coalesce(t.a" in str(read_values(table, {"a": "1", "b": 2}, "a < 0").update())
    for values in ({"a": "1"}, {"a": "1", "b": 2}):
        over = read_values(table, values, "a < 0", overwrite=True)
        assert "coalesce" not in str(over.update())
        assert "NULL" not in str(over.open)
    with pytest.raises(BackfillError, match="say which rows"):
        read_values(table, {"a": "1"}, None, overwrite=True)


def test_every_order_of_directions_is_understood() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a int NOT NULL, b int NOT NULL)")
        table = sa.Table("t", sa.MetaData(), autoload_with=connection)
        for one, other in product(("b", "b ASC", "b desc", sa.desc("b"), table.c.b.desc(), table.c.b), repeat=2):
            key = find_key(connection, table, [one, other])
            assert key.names == ("b", "b")
            assert key.descending == tuple("desc" in str(part).lower() for part in (one, other))
