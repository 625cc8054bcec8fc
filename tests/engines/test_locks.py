"""Who waits for whom is told as it is, on servers and files where it is so."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from IPython.core.events import EventManager

from migration_lab.engines import SCRATCH_VARIABLE
from migration_lab.engines import mariadb as mariadb_engine
from migration_lab.lessons import Lesson
from migration_lab.locks import Lock, LockReader, Locks, LocksUnreadable, Session, read_locks
from migration_lab.views.pictures import live_locks
from migration_lab.views.pictures.drawing import Drawing

from .lessons import on

SECONDS = 30  # how long a test waits for what must come; no test measures time
SERVERS = ("postgresql", "postgresql-16", "mariadb")


class People:
    """Connections to a lesson's database, each with its id on the server."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self._idle: list[sa.Connection] = []
        self._threads: list[threading.Thread] = []

    @property
    def postgresql(self) -> bool:
        return self.lesson.kind.dialect == "postgresql"

    def come(self) -> tuple[str, sa.Connection]:
        connection = self.lesson.engine.connect()
        self._idle.append(connection)
        question = "SELECT pg_backend_pid()" if self.postgresql else "SELECT connection_id()"
        id = str(connection.exec_driver_sql(question).scalar_one())
        connection.rollback()
        return id, connection

    def wait(self, connection: sa.Connection, statement: str) -> None:
        """Run a statement that has to wait, and let go of everything as soon as it needn't any more."""

        def run() -> None:
            with connection, contextlib.suppress(sa.exc.DBAPIError):  # a deadlock has its victim
                connection.exec_driver_sql(statement)

        self._idle.remove(connection)
        self._threads.append(threading.Thread(target=run))
        self._threads[-1].start()

    def leave(self) -> None:
        for connection in self._idle:
            connection.close()
        for thread in self._threads:
            thread.join(SECONDS)
        assert not any(thread.is_alive() for thread in self._threads)


def until(lesson: Lesson, holds: Callable[[Locks], object]) -> Locks:
    reader = LockReader(lesson.url)
    deadline = time.monotonic() + SECONDS
    try:
        while not holds(locks := reader.read()):
            assert time.monotonic() < deadline, f"it never came, but: {locks}"
            time.sleep(0.15)  # MariaDB looks for its rows' locks anew where nobody has asked for 0.1 s
    finally:
        reader.let_go()
    return locks


@pytest.fixture(params=SERVERS)
def people(request: pytest.FixtureRequest) -> Iterator[People]:
    with on(request.param, "locks") as lesson:
        people = People(lesson)
        yield people
        people.leave()


def test_an_idle_reader_a_waiting_alter_and_everybody_behind_it(people: People) -> None:
    (reader, reading), (alter, altering), (late, coming) = (people.come() for _ in range(3))
    reading.exec_driver_sql("SELECT count(*) FROM users").all()
    people.wait(altering, "ALTER TABLE users ADD COLUMN is_active INTEGER")
    until(people.lesson, lambda locks: len(locks.waiting) == 1)
    people.wait(coming, "SELECT count(*) FROM users WHERE id > 0")
    locks = until(people.lesson, lambda locks: len(locks.waiting) == 2)
    assert [session.id for session in locks.sessions] == [reader, alter, late]
    first, second, third = locks.sessions
    assert locks.holding_up == (first,)
    assert (first.state, first.wants, first.behind) == ("idle in transaction", None, ())
    assert first.statement == "SELECT count(*) FROM users"
    assert Lock("users", "ACCESS SHARE" if people.postgresql else "SHARED_READ") in first.holds
    assert (second.state, second.behind) == ("waits", (reader,))
    assert second.wants == Lock("users", "ACCESS EXCLUSIVE" if people.postgresql else "EXCLUSIVE")
    assert second.statement == "ALTER TABLE users ADD COLUMN is_active INTEGER"
    assert third.behind == (alter,)
    assert third.wants == Lock("users", "ACCESS SHARE" if people.postgresql else "SHARED_READ")
    assert third.statement == "SELECT count(*) FROM users WHERE id > 0"


def test_a_row_that_two_want(people: People) -> None:
    (owner, owning), (second, updating), (third, deleting) = (people.come() for _ in range(3))
    owning.exec_driver_sql("UPDATE users SET email = 'x' WHERE id = 1")
    people.wait(updating, "UPDATE users SET email = 'y' WHERE id = 1")
    locks = until(people.lesson, lambda locks: len(locks.waiting) == 1)
    (waiting,) = locks.waiting
    assert (waiting.id, waiting.behind, waiting.statement) == (
        second,
        (owner,),
        "UPDATE users SET email = 'y' WHERE id = 1",
    )
    assert waiting.wants is not None
    assert waiting.wants.on == "a row of users"
    people.wait(deleting, "DELETE FROM users WHERE id = 1")
    locks = until(people.lesson, lambda locks: len(locks.waiting) == 2)
    assert [session.id for session in locks.sessions] == [owner, second, third]
    assert locks.sessions[2].wants is not None
    assert locks.sessions[2].wants.on == "a row of users"
    assert second in locks.sessions[2].behind
    assert locks.depths == {owner: 0, second: 1, third: 2}


def test_a_key_that_two_want(people: People) -> None:
    """Whether the second is taken is known when the first has ended."""
    (owner, owning), (second, inserting) = (people.come() for _ in range(2))
    owning.exec_driver_sql("INSERT INTO users (id, username) VALUES (3, 'eva')")
    people.wait(inserting, "INSERT INTO users (id, username) VALUES (3, 'eve')")
    (waiting,) = until(people.lesson, lambda locks: locks.waiting).waiting
    assert (waiting.id, waiting.behind) == (second, (owner,))
    assert waiting.wants is not None


def test_the_moment_of_a_deadlock(people: People) -> None:
    """Both wait, and nobody holds them up but they themselves."""
    (first, one), (second, two) = (people.come() for _ in range(2))
    patience = ["SET deadlock_timeout = '30s'", "SET lock_timeout = '1s'"]
    if not people.postgresql:
        two.exec_driver_sql("SET GLOBAL innodb_deadlock_detect = OFF")
        patience = ["SET innodb_lock_wait_timeout = 1"]
    for connection in (one, two):
        for setting in patience:
            connection.exec_driver_sql(setting)
    one.exec_driver_sql("UPDATE users SET email = 'a' WHERE id = 1")
    two.exec_driver_sql("UPDATE users SET email = 'b' WHERE id = 2")
    people.wait(one, "UPDATE users SET email = 'c' WHERE id = 2")
    people.wait(two, "UPDATE users SET email = 'd' WHERE id = 1")
    locks = until(people.lesson, lambda locks: len(locks.waiting) == 2)
    people.leave()
    if not people.postgresql:
        with people.lesson.engine.begin() as connection:
            connection.exec_driver_sql("SET GLOBAL innodb_deadlock_detect = ON")
    assert {session.id: session.behind for session in locks.sessions} == {first: (second,), second: (first,)}
    assert locks.holding_up == ()


def test_who_only_passes_by_can_be_left_out(people: People) -> None:
    owner, owning = people.come()
    owning.exec_driver_sql("SELECT count(*) FROM users").all()
    reader = LockReader(people.lesson.url)
    assert [session.id for session in reader.read().sessions] == [owner]
    assert reader.read(open_for=3600).sessions == ()
    _, altering = people.come()
    people.wait(altering, "ALTER TABLE users ADD COLUMN is_active INTEGER")
    until(people.lesson, lambda locks: locks.waiting)
    assert len(reader.read(open_for=3600).sessions) == 2
    reader.let_go()


def test_a_name_may_be_anything(people: People) -> None:
    owner, owning = people.come()
    quoted = '"<b>""\'ünïté"' if people.postgresql else "`<b>\"'ünïté`"
    owning.exec_driver_sql(f"CREATE TABLE {quoted} (id INTEGER)")
    owning.exec_driver_sql(f"INSERT INTO {quoted} VALUES (1)")
    owning.commit()
    owning.exec_driver_sql(f"SELECT * FROM {quoted}").all()
    session = read_locks(people.lesson.url).of(owner)
    assert session is not None
    assert [lock.on for lock in session.holds] == ["<b>\"'ünïté"]


def test_a_database_that_is_not_there_is_told_in_a_line(people: People) -> None:
    reader = LockReader(people.lesson.url)
    assert reader.read() == Locks()
    people.lesson.kind.drop(people.lesson.url)
    with pytest.raises(LocksUnreadable) as raised:
        reader.read()
    assert "\n" not in str(raised.value)
    people.lesson.reset(keep=False)
    assert reader.read() == Locks()
    reader.let_go()


def test_a_mariadb_that_does_not_tell_who_holds_a_metadata_lock_is_not_believed_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With its performance_schema off, as most servers have it."""
    monkeypatch.setattr(mariadb_engine, "_SETTINGS", [*mariadb_engine._SETTINGS, "--performance-schema=OFF"])
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as scratch:
        monkeypatch.setenv(SCRATCH_VARIABLE, scratch)
        with on("mariadb", "locks") as lesson:
            people = People(lesson)
            (owner, owning), (alter, altering) = (people.come() for _ in range(2))
            owning.exec_driver_sql("UPDATE users SET email = 'x' WHERE id = 1")
            people.wait(altering, "ALTER TABLE users ADD COLUMN is_active INTEGER")
            locks = until(lesson, lambda locks: locks.waiting)
            (waiting,) = locks.waiting
            assert (waiting.id, waiting.behind, str(waiting.wants)) == (alter, (), "a table’s metadata")
            assert "performance_schema is off" in locks.notes[0]
            assert owner in [session.id for session in locks.sessions]
            people.leave()


class Page:
    """What has reached the page, in the place of Jupyter's display."""

    def __init__(self) -> None:
        self.drawings: list[Drawing] = []

    def display(self, drawing: Drawing, *, display_id: bool) -> Page:
        self.drawings.append(drawing)
        return self

    def update(self, drawing: Drawing) -> None:
        self.drawings.append(drawing)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    page = Page()
    events = EventManager(page, {"post_run_cell": lambda result: None})  # type: ignore[arg-type]
    monkeypatch.setattr(live_locks, "get_ipython", lambda: SimpleNamespace(events=events))
    monkeypatch.setattr(live_locks, "display", page.display)
    return page


@pytest.mark.parametrize("people", ["postgresql", "mariadb"], indirect=True)
def test_the_live_view_follows_and_keeps_the_longest_queue(people: People, page: Page) -> None:
    view = live_locks.lock_view(people.lesson)
    (reader, reading), (_, altering) = (people.come() for _ in range(2))
    reading.exec_driver_sql("SELECT count(*) FROM users").all()
    people.wait(altering, "ALTER TABLE users ADD COLUMN is_active INTEGER")
    soon(lambda: f"behind {reader}" in str(page.drawings[-1]))
    assert "1 session waits" in str(page.drawings[-1])
    told = len(page.drawings)
    time.sleep(3 * live_locks.PAUSE)
    assert len(page.drawings) == told, "nothing has changed"
    people.leave()
    soon(
        lambda: str(page.drawings[-1]).startswith(
            f"Locks: {people.lesson.name} · {people.lesson.kind.name}: nobody waits"
        )
    )
    assert "The longest queue so far, at " in str(page.drawings[-1])
    assert f"behind {reader}" in str(page.drawings[-1])
    people.lesson.reset(keep=False)
    again = live_locks.lock_view(people.lesson)
    assert view._closed.is_set()
    assert "longest" not in str(again.drawing)
    people.lesson.kind.drop(people.lesson.url)
    soon(lambda: "⚠ The locks can’t be read (" in str(page.drawings[-1]))
    people.lesson.reset(keep=False)
    soon(lambda: str(page.drawings[-1]).endswith("nobody waits"))
    again.close()
    soon(lambda: not any(thread.name.startswith("locks of") for thread in threading.enumerate()))
    assert live_locks.LockView._open == {}


def test_on_sqlite_the_live_view_shows_the_process_that_writes(page: Page) -> None:
    with on("sqlite", "locks") as lesson:
        view = live_locks.lock_view(lesson)
        with lesson.engine.connect() as connection:
            connection.exec_driver_sql("UPDATE users SET username = 'mine' WHERE id = 1")
            soon(lambda: str(os.getpid()) in page.drawings[-1].html)
            assert "write" in page.drawings[-1].html
        soon(lambda: str(os.getpid()) not in page.drawings[-1].html)
        view.close()


def soon(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_a_look_that_just_missed_who_holds_the_lock_does_not_take_the_longest_queues_place(
    people: People, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MariaDB shows a statement as waiting for some milliseconds after the one that it waited for is gone."""
    holds, waits = Session("7", holds=(Lock("users"),)), Session("8", wants=Lock("users"))
    looks = iter([Locks((holds, replace(waits, behind=("7",)))), Locks((waits,)), Locks()])
    view = live_locks.LockView(people.lesson)
    monkeypatch.setattr(view, "_reader", SimpleNamespace(read=lambda open_for: next(looks)))
    assert all(view._look() for _ in range(3))
    assert "1 session waits" in str(view.drawing)
    assert "behind 7" in str(view.drawing)
