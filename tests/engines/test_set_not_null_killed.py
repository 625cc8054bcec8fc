"""op.set_not_null killed at random moments, with somebody writing: the database is as before or as after."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engines.lessons import ENGINE_KEYS
from engines.tightening import migration
from migration_lab.engines import Engine, find_engine, url_text
from migration_lab.snapshot import Column, Table, read_snapshot

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
KILLS = 100 if os.environ.get("MIGRATION_LAB_TEST_ALL") == "1" else 20
ROWS = 5_000
# A fork has all modules at hand, so that it is killed at its work and not while it imports.
fork: Any = multiprocessing.get_context("fork") if sys.platform != "win32" else None


@pytest.fixture(params=ENGINE_KEYS)
def place(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, str]]:
    """An engine, and the URL of a database with a table of some size."""
    engine = find_engine(request.param)
    if engine.missing:
        pytest.skip(engine.missing)
    with tempfile.TemporaryDirectory(prefix="kill-") as folder:
        url = engine.url(Path(folder))
        engine.create(url)
        try:
            with opened(url_text(url)) as connection:
                connection.exec_driver_sql("CREATE TABLE users (id INT PRIMARY KEY, is_active INT, name VARCHAR(40))")
                users = sa.table("users", sa.column("id"), sa.column("is_active"))
                connection.execute(users.insert(), [{"id": number, "is_active": 1} for number in range(ROWS)])
            yield engine, url_text(url)
        finally:
            engine.drop(url)


@contextmanager
def opened(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        yield connection


def to_and_fro(url: str, begun: Event) -> None:
    """Set and drop NOT NULL, until killed."""
    begun.set()
    while True:
        with migration(url) as op:
            op.set_not_null("users", "is_active")
        with migration(url) as op:
            op.drop_not_null("users", "is_active")


def set_journal(url: str, mode: str) -> None:
    """Have SQLite keep its journal that way, which it does at a moment when nobody else has the database open."""
    deadline = time.monotonic() + 30
    with sa.create_engine(url, poolclass=sa.NullPool, connect_args={"timeout": 0}).connect() as connection:
        while time.monotonic() < deadline:
            with suppress(sa.exc.OperationalError):
                if connection.exec_driver_sql(f"PRAGMA journal_mode = {mode}").scalar_one().upper() == mode:
                    return
            time.sleep(0.001)
    raise TimeoutError(f"journal_mode = {mode}")


def keep_writing(url: str, stop: Event) -> None:
    """Insert and update rows, one at a time, until told to stop. A lock that is taken, or a deadlock, is no failure."""
    number = ROWS
    while not stop.is_set():
        number += 1
        try:
            with opened(url) as connection:
                connection.exec_driver_sql(f"INSERT INTO users VALUES ({number}, 1, 'new')")
                connection.exec_driver_sql(f"UPDATE users SET name = 'old' WHERE id = {number % ROWS}")
        except sa.exc.OperationalError:
            continue


def column(connection: sa.Connection) -> tuple[Column, Table]:
    """The column, and all else that the snapshot has of the structure."""
    seen = read_snapshot(connection, page_rows=0, count_limit=1)
    while "users" in seen.locked:  # by a server's process, which is told of the end only when it has done its statement
        seen = read_snapshot(connection, page_rows=0, count_limit=1)
    users = seen.tables["users"]
    found = users.column("is_active")
    assert found is not None
    return found, replace(users, sql="", columns=tuple(one for one in users.columns if one is not found))


def stored(engine: Engine, connection: sa.Connection) -> str | None:
    """SQLite's own text of the table, which must be one of two to the letter; a server stores none."""
    query = "SELECT sql FROM sqlite_master WHERE name = 'users'"
    return str(connection.exec_driver_sql(query).scalar_one()) if engine.dialect == "sqlite" else None


def check_sound(engine: Engine, connection: sa.Connection) -> None:
    """The engine's own check, where it has one."""
    if engine.dialect == "sqlite":
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
    elif engine.dialect == "mysql":
        assert connection.exec_driver_sql("CHECK TABLE users").all()[-1][-1] == "OK"


def test_killed_at_any_moment_while_others_write_it_is_as_before_or_as_after(place: tuple[Engine, str]) -> None:
    engine, url = place
    seed = random.randrange(10_000)
    moments = random.Random(seed)
    with opened(url) as connection:
        before, text = column(connection), stored(engine, connection)
    tightened = text and text.replace("is_active INT", "is_active INT NOT NULL")
    stop = fork.Event()
    writer = fork.Process(target=keep_writing, args=(url, stop))
    writer.start()
    try:
        for number in range(KILLS):
            if engine.dialect == "sqlite":
                set_journal(url, "WAL" if number % 2 else "DELETE")
            begun = fork.Event()
            process = fork.Process(target=to_and_fro, args=(url, begun))
            process.start()
            begun.wait(30)
            time.sleep(moments.uniform(0, 0.15))
            assert process.exitcode is None, f"it ended by itself: seed {seed}"
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            with opened(url) as connection:
                found, rest = column(connection)
                check_sound(engine, connection)
                assert stored(engine, connection) == (text if found.nullable else tightened), f"seed {seed}"
                if engine.dialect == "postgresql":  # whose first step, and its check, may be there already
                    found = replace(found, options=found.options - {"NOT NULL NOT VALID"})
                    rest = replace(
                        rest, checks=tuple(one for one in rest.checks if "in_progress" not in (one.name or ""))
                    )
                assert replace(found, nullable=True) == before[0], f"seed {seed}"
                assert rest == before[1], f"seed {seed}"
                assert connection.exec_driver_sql("SELECT count(*) FROM users WHERE is_active IS NULL").scalar() == 0
    finally:
        stop.set()
        writer.join()
    assert writer.exitcode == 0
    with migration(url) as op:
        op.set_not_null("users", "is_active")
    with opened(url) as connection:
        assert not column(connection)[0].nullable
        assert (connection.exec_driver_sql("SELECT count(*) FROM users").scalar() or 0) > ROWS
    with migration(url) as op:
        op.drop_not_null("users", "is_active")
    with opened(url) as connection:
        assert column(connection) == before
