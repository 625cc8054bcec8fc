"""Clients on every engine: each request that was due is in the record, and no client outlives who started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
import sqlalchemy as sa

from engines.lessons import on
from migration_lab.engines import EngineError
from migration_lab.lessons import Lesson
from migration_lab.load import USERS, Client, fill_users, traffic

ENGINES = ("sqlite", "sqlite-wal", "postgresql", "mariadb")
ROWS = 2_500
SECONDS = 60
HELD = 0.6
UPDATE = "UPDATE users SET email = NULL"
INSERT = "INSERT INTO users (username) VALUES ('new')"
BUSY = {
    "sqlite": "database is locked",
    "postgresql": "canceling statement due to statement timeout",
    "mysql": "Lock wait timeout exceeded",
}


@pytest.fixture(params=ENGINES)
def lesson(request: pytest.FixtureRequest) -> Iterator[Lesson]:
    """A lesson with some rows, on each engine in turn; on SQLite with either kind of journal."""
    with on(request.param.removesuffix("-wal"), "load") as lesson:
        fill_users(lesson, ROWS, progress=False)
        if "wal" in request.param:
            with lesson.engine.connect() as connection:
                assert connection.exec_driver_sql("PRAGMA journal_mode = WAL").scalar() == "wal"
        yield lesson


# Where nothing of it is the database's affair.
on_one = pytest.mark.parametrize("lesson", ["sqlite"], indirect=True)


@contextmanager
def held(lesson: Lesson, seconds: float) -> Iterator[None]:
    """Hold a lock on every row for that long, once the block has been entered, and until its end."""
    with lesson.engine.begin() as connection:
        connection.exec_driver_sql(UPDATE)
        time.sleep(seconds)
        yield


def is_alive(pid: int) -> bool:
    return bool(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + SECONDS
    while left := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def test_every_request_that_was_due_is_recorded_from_when_it_was_due(lesson: Lesson) -> None:
    """A client that waits sends the next ones late: they count from when they were due, and none is left out."""
    with traffic(lesson, calm=0.2) as seen:
        with held(lesson, HELD):
            begun = seen.now
            waiting = {request.kind for request in seen.outcome().waiting}
        pids = seen.pids
    outcome = seen.outcome()
    assert outcome.kinds == ("read", "insert", "update")
    assert outcome.waiting == outcome.failures == ()
    for place, client in enumerate(USERS):
        first = place / (client.rate * len(USERS))
        part = outcome.of(client.kind)
        due = [first + number / client.rate for number in range(len(part.requests))]
        assert [request.began for request in part.requests] == pytest.approx(due)
        assert due[-1] > begun
    updates = [request for request in outcome.requests if request.kind == "update"]
    late = [request for request in updates if begun - HELD / 2 < request.began < begun]
    assert late
    assert all(request.ended > begun for request in late)
    assert "update" in waiting
    assert outcome.longest_wait > HELD / 2
    assert [band.name for band in outcome.bands] == [UPDATE]
    assert not [pid for pid in pids if is_alive(pid)]
    with lesson.engine.connect() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM users").scalar_one()
    assert count == ROWS + len(outcome.of("insert").requests)


def test_a_request_that_waits_too_long_fails_with_the_words_of_the_database(lesson: Lesson) -> None:
    with traffic(lesson, [USERS[2]], patience=1, calm=0) as seen, held(lesson, 1.5):
        pass
    outcome = seen.outcome()
    assert {request.kind for request in outcome.failures} == {"update"}
    assert all(BUSY[lesson.kind.dialect] in request.error for request in outcome.failures)
    assert [request for request in outcome.requests if not request.error]


def test_a_statement_that_the_database_refuses_is_a_failure_and_the_next_one_is_sent(lesson: Lesson) -> None:
    bad = Client("odd", "INSERT INTO nowhere (a) VALUES ('100 %')")
    with traffic(lesson, [bad, USERS[0]], calm=0.3) as seen:
        pass
    outcome = seen.outcome()
    assert len(outcome.of("odd").failures) == len(outcome.of("odd").requests) > 2
    assert all("nowhere" in request.error for request in outcome.failures)
    assert not outcome.of("read").failures


@on_one
def test_clients_end_by_themselves_after_so_many_requests_and_so_many_seconds(lesson: Lesson) -> None:
    with traffic(lesson, [USERS[0]], most=3, calm=0) as few, traffic(lesson, USERS[:1], seconds=0.2, calm=0) as short:
        wait_until_gone([*few.pids, *short.pids])
        time.sleep(0.1)
    assert len(few.outcome().requests) == 3
    assert len(short.outcome().requests) == 5
    assert not few.outcome().failures


@on_one
def test_a_client_that_dies_leaves_its_requests_as_failures(lesson: Lesson) -> None:
    with traffic(lesson, USERS[:1], calm=0.2) as seen:
        (pid,) = seen.pids
        psutil.Process(pid).terminate()
        wait_until_gone([pid])
        time.sleep(0.2)
    failures = seen.outcome().failures
    assert failures
    assert {request.error for request in failures} <= {"no answer: the client was ended"}


KILLED = """
import sys, time
from migration_lab.lessons import Lesson, open_lesson
from migration_lab.load import fill_users, traffic
lesson = open_lesson("killed", engine=sys.argv[1])
fill_users(lesson, 100, progress=False)
with traffic(lesson, calm=0.1, patience=60) as seen, lesson.engine.begin() as connection:
    connection.exec_driver_sql("UPDATE users SET email = NULL")
    time.sleep(0.3)  # they wait for the lock
    print(*seen.pids, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_clients_end_with_a_parent_that_was_killed_while_they_wait(lesson: Lesson) -> None:
    command = [sys.executable, "-c", KILLED, lesson.kind.key]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = [int(word) for word in process.stdout.readline().split()]
        assert len(pids) == 3
        assert all(map(is_alive, pids))
        os.kill(process.pid, signal.SIGKILL)
    wait_until_gone(pids)


@pytest.mark.skipif(sys.platform == "win32", reason="pthread_kill")
@on_one
def test_an_interrupt_ends_the_clients_and_keeps_what_they_saw(lesson: Lesson) -> None:
    threading.Timer(0.5, signal.pthread_kill, [threading.get_ident(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt), traffic(lesson, calm=0.1) as seen:
        time.sleep(SECONDS)
    assert seen.outcome().requests
    assert not [pid for pid in seen.pids if is_alive(pid)]


@on_one
def test_statements_are_bands_with_their_failures_and_those_that_read_are_not(lesson: Lesson) -> None:
    with traffic(lesson, USERS[:1], calm=0) as seen, lesson.engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM users")
        connection.exec_driver_sql(INSERT)
        with pytest.raises(sa.exc.IntegrityError):
            connection.exec_driver_sql(INSERT)
    first, second = seen.outcome().bands
    assert first.name == second.name == INSERT
    assert not first.error
    assert second.error
    assert first.ended is not None
    assert first.began < first.ended <= second.began


def test_rows_are_made_once_and_what_is_missing_is_made_later(lesson: Lesson) -> None:
    def users() -> tuple[int, ...]:
        counts = "SELECT count(*), max(id), count(DISTINCT username), count(DISTINCT email) FROM users"
        with lesson.engine.begin() as connection:
            return tuple(connection.execute(sa.text(counts)).one())

    assert users() == (ROWS, ROWS, ROWS, ROWS - 2)  # adi and john have no e-mail
    fill_users(lesson, ROWS, progress=False)
    assert users() == (ROWS, ROWS, ROWS, ROWS - 2)
    fill_users(lesson, ROWS + 1_234, progress=False)
    assert users() == (ROWS + 1_234, ROWS + 1_234, ROWS + 1_234, ROWS + 1_232)
    with lesson.engine.begin() as connection:
        connection.exec_driver_sql(INSERT)
    assert users()[1] == ROWS + 1_235


@on_one
def test_who_can_not_work_says_so_in_one_line_and_leaves_nothing_running(lesson: Lesson) -> None:
    seen = traffic(lesson)
    lesson.database.unlink()
    lesson.database.mkdir()
    with pytest.raises(EngineError, match=r"^the client read can't work: unable to open database file$"), seen:
        pass
    assert len(seen.pids) == len(USERS)
    assert not [pid for pid in seen.pids if is_alive(pid)]
    lesson.database.rmdir()


@on_one
def test_a_table_without_rows_is_named_before_anything_is_started(lesson: Lesson) -> None:
    with lesson.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM users")
    with pytest.raises(ValueError, match="no rows"):
        traffic(lesson)
