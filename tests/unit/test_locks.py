"""Who has a SQLite file locked is told without touching it; and a queue has an order, whatever it looks like."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa

from migration_lab.engines import find_engine, sqlite_driver
from migration_lab.locks import Lock, Locks, Session, read_locks
from migration_lab.locks import sqlite as sqlite_locks
from migration_lab.locks.values import in_order
from migration_lab.views.pictures.queue import draw_locks

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who holds a file's locks")
OTHER = """if True:
    import importlib, sys
    connection = importlib.import_module(sys.argv[1]).connect(sys.argv[2], isolation_level=None, timeout=0)
    cursors = []
    for statement in sys.argv[3:]:
        try:
            cursors.append(connection.execute(statement))
            cursors[-1].fetchone()
        except Exception as error:
            print(error)
    print("done", flush=True)
    input()"""


@pytest.fixture(params=["sqlite3", "pysqlite3"])
def driver(request: pytest.FixtureRequest) -> ModuleType:
    pytest.importorskip(request.param)
    return sqlite_driver(request.param)


@pytest.fixture(params=["DELETE", "WAL"])
def file(request: pytest.FixtureRequest, driver: ModuleType, tmp_path: Path) -> Path:
    """A database in either mode of its journal, with some rows."""
    path = tmp_path / "größe x.db"
    with closing(driver.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {request.param}")
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO users VALUES (?)", [(number,) for number in range(100)])
    return path


def locks(path: Path, driver: ModuleType) -> Locks:
    key = "sqlite" if driver.__name__ == "sqlite3" else "sqlite-modern"
    engine = find_engine(key)
    return read_locks(engine.url(path.parent).set(database=str(path)))


@contextmanager
def other(path: Path, driver: ModuleType, *statements: str) -> Iterator[tuple[str, str]]:
    """Another process that ran the statements: its number, and what it had to say."""
    command = [sys.executable, "-c", OTHER, driver.__name__, str(path), *statements]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            if line == "done\n":
                break
            said.append(line)
        yield str(process.pid), "".join(said)
        process.kill()


@linux
def test_the_process_that_writes_is_found(file: Path, driver: ModuleType) -> None:
    assert locks(file, driver) == Locks()
    for begin in ("BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"):
        with other(file, driver, begin, "UPDATE users SET id = 1000 WHERE id = 1") as (process, said):
            assert said == ""
            (session,) = locks(file, driver).sessions
            assert (session.id, session.state) == (process, "writes")
            assert session.holds[0].on == file.name
            assert session.holds[0].mode.startswith("write lock")
            assert "python" in session.name
            assert "which of its connections" in locks(file, driver).notes[0]
        assert locks(file, driver) == Locks()


@linux
def test_a_reader_is_no_writer(file: Path, driver: ModuleType) -> None:
    with other(file, driver, "BEGIN", "SELECT id FROM users") as (process, _):
        (session,) = locks(file, driver).sessions
        assert (session.id, session.state) == (process, "reads")


@linux
def test_a_commit_that_waits_for_readers_is_behind_them(file: Path, driver: ModuleType) -> None:
    """With a rollback journal; in WAL readers and a writer don't meet."""
    with (
        other(file, driver, "BEGIN", "SELECT id FROM users") as (reader, _),
        other(file, driver, "BEGIN IMMEDIATE", "UPDATE users SET id = 1000 WHERE id = 1", "COMMIT") as (writer, said),
    ):
        seen = locks(file, driver)
        if "wal" in [path.suffix[-3:] for path in file.parent.iterdir()]:
            assert (said, seen.waiting) == ("", ())
        else:
            assert "locked" in said
            (waiting,) = seen.waiting
            assert (waiting.id, waiting.behind, waiting.wants) == (writer, (reader,), Lock(file.name, "EXCLUSIVE"))
            assert seen.holding_up == (seen.of(reader),)


@linux
def test_a_look_leaves_the_kernel_its_transaction(file: Path, driver: ModuleType) -> None:
    """Who opens and closes a file loses all the locks that its process has on it."""
    with closing(driver.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            (session,) = locks(file, driver).sessions
        assert (session.id, session.name) == (str(os.getpid()), "this notebook’s kernel")
        with other(file, driver, "BEGIN IMMEDIATE") as (_, said):
            assert "locked" in said
        connection.execute("COMMIT")


def test_where_the_system_tells_nothing_it_is_tried(
    file: Path, driver: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_locks, "_LOCKS", Path(file.parent / "nothing"))
    assert locks(file, driver).notes == ("Nobody holds the write lock of the file.",)
    with other(file, driver, "BEGIN IMMEDIATE"):
        assert locks(file, driver).notes == (
            "Somebody holds the write lock of the file: this system doesn’t tell who.",
        )
    with other(file, driver, "BEGIN IMMEDIATE", "COMMIT") as (_, said):
        assert said == ""


def test_a_file_that_is_not_there_has_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = sa.URL.create("sqlite", database=str(tmp_path / "none.db"))
    assert read_locks(url) == Locks()
    monkeypatch.setattr(sqlite_locks, "_LOCKS", tmp_path / "nothing")
    assert read_locks(url).sessions == ()
    assert list(tmp_path.iterdir()) == []


def test_a_queue_begins_with_who_waits_for_nobody() -> None:
    def waits(id: str, *behind: str, since: float = 0.0) -> Session:
        return Session(id, wants=Lock("users"), behind=behind, waits_since=since)

    found = in_order([waits("4", "2", since=9), waits("3", "2", since=5), waits("2", "1"), Session("1"), Session("9")])
    assert [session.id for session in found.sessions] == ["1", "9", "2", "3", "4"]
    assert [session.id for session in found.holding_up] == ["1"]
    assert in_order([waits("1", "7")]).of("7") == Session("7")  # who isn't among them, as from another database
    circle = in_order([waits("1", "2"), waits("2", "3"), waits("3", "1"), waits("4", "3")])
    assert {session.id for session in circle.sessions} == {"1", "2", "3", "4"}
    many = in_order([waits(str(number), "0") for number in range(1, 200)])
    assert len(many.sessions) == 50
    assert many.holding_up == (Session("0"),)
    assert many.notes == ("150 more sessions aren’t listed.",)


def test_the_picture_of_a_queue_says_all_in_words_and_lets_nothing_through() -> None:
    """Who has no eyes for the graph has the table; what comes from a database stays text."""
    hostile = "<script>alert('x')</script>\x1b[31m"
    reader = Session("1", hostile, "idle in transaction", f"SELECT '{hostile}'", (Lock(hostile, "ACCESS SHARE"),))
    alter = Session("2", "", "waits", "ALTER TABLE users", wants=Lock("users", "ACCESS EXCLUSIVE"), behind=("1",))
    late = [Session(str(n), "", "waits", "", wants=Lock("users"), behind=("2",)) for n in range(3, 40)]
    drawing = draw_locks(in_order([reader, alter, *late]), "Locks")
    assert "38 sessions wait. 1 (idle in transaction) holds them up" in str(drawing)
    assert "<script" not in drawing.html
    assert "\x1b" not in drawing.html
    assert "27 more sessions are in the table alone." in drawing.html
    table = drawing.html.partition("<table")[2]
    assert table.count("<tr") == 1 + 39
    assert "ACCESS EXCLUSIVE on users" in table
    ElementTree.fromstring(drawing.html[drawing.html.index("<svg") : drawing.html.index("</svg>") + 6])
    assert drawing.html.count('class="first"') == 1


def test_the_picture_of_a_deadlock_and_of_nothing() -> None:
    both = [Session(one, wants=Lock("users"), behind=(other,)) for one, other in (("1", "2"), ("2", "1"))]
    assert "2 sessions wait, for each other: a deadlock" in str(draw_locks(in_order(both)))
    assert str(draw_locks(Locks())) == "nobody waits"
    untold = in_order([Session("1", wants=Lock("a table’s metadata"))])
    assert "Behind whom isn’t told" in str(draw_locks(untold))
