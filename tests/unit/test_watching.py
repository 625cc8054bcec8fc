"""What watches a database: it reads only what has moved, writes nothing, and its process stays small."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from migration_lab.snapshot import Locked, Missing, SQLiteFile, Unreadable, read_snapshot, sqlite_watch
from migration_lab.watching import Project, Sight, Trouble, Watcher

SECONDS = 30  # how long a test waits for what must come; no test measures time


@pytest.fixture(params=["sqlite3", "pysqlite3.dbapi2"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> SQLiteFile:
    """A database with a table and a row, for each SQLite."""
    pytest.importorskip(request.param)
    found = SQLiteFile(tmp_path / "größe x.db", request.param)
    sql(found, "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO users VALUES (1, 'adi')")
    return found


@pytest.fixture
def project(source: SQLiteFile, tmp_path: Path) -> Project:
    """A project of that database, without migration files."""
    return Project("x/größe x.db", source, tmp_path, tmp_path / "versions")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """An entry for each snapshot that was read."""
    calls: list[object] = []

    def count(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        return read_snapshot(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_watch, "read_sqlite", count)
        yield calls


def sql(source: SQLiteFile, script: str) -> None:
    with closing(importlib.import_module(source.driver).connect(source.path)) as connection:
        connection.executescript(script)
        connection.commit()


def rows(sight: Sight | None) -> int:
    assert sight is not None
    assert sight.snapshot is not None
    return sight.snapshot.tables["users"].row_count


def test_a_snapshot_is_read_only_where_the_database_has_moved(project: Project, counted: list[object]) -> None:
    watcher = Watcher([project])
    assert rows(watcher.look()) == 1
    for at_once in (True, False) * 10:
        assert watcher.look(at_once=at_once) is None
    assert len(counted) == 1
    assert isinstance(project.source, SQLiteFile)
    sql(project.source, "INSERT INTO users VALUES (2, 'john')")
    assert rows(watcher.look()) == 2
    assert len(counted) == 2
    watcher.let_go()


def test_what_was_let_go_of_is_read_again_and_told_only_where_it_is_new(
    project: Project, counted: list[object]
) -> None:
    watcher = Watcher([project])
    assert rows(watcher.look()) == 1
    watcher.let_go()
    assert watcher.look() is None
    assert len(counted) == 2
    watcher.forget()
    assert rows(watcher.look()) == 1
    watcher.let_go()


def test_a_watch_cannot_write(source: SQLiteFile) -> None:
    watch = source.watch()
    watch.look()
    with pytest.raises(Exception, match="readonly"):
        watch._connection.execute("DELETE FROM users")
    watch.let_go()


def test_a_watch_says_why_nothing_can_be_seen_and_goes_on(source: SQLiteFile) -> None:
    watch = source.watch()
    whole = source.path.read_bytes()
    with closing(importlib.import_module(source.driver).connect(source.path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Locked):
            watch.look()
    assert watch.look() is not None
    source.path.write_bytes(b"no database" * 1000)
    watch.let_go()
    with pytest.raises(Unreadable, match="not a database"):
        watch.look()
    source.path.unlink()
    with pytest.raises(Missing):
        watch.look()
    source.path.write_bytes(whole)
    assert watch.look() is not None
    watch.let_go()


def test_a_mistake_of_our_own_is_told_once_and_does_not_end_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher([project])

    def stumble(*_: object, **__: object) -> Any:
        raise ZeroDivisionError("oops")

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_watch, "read_sqlite", stumble)
        sight = watcher.look()
        assert sight is not None
        assert sight.trouble == Trouble("stumbled", "ZeroDivisionError: oops")
        assert watcher.look() is None
    assert rows(watcher.look()) == 1
    watcher.let_go()


def test_a_driver_that_is_missing_is_told_in_the_words_of_python(project: Project, tmp_path: Path) -> None:
    sight = Watcher([Project("x", SQLiteFile(tmp_path, "no_such_driver"), tmp_path, tmp_path)]).look()
    assert sight is not None
    assert sight.trouble is not None
    assert "No module named 'no_such_driver'" in sight.trouble.words


def test_the_process_imports_nothing_large() -> None:
    """A room has thirty learners, each with such a process: 10 MB, or 40 with SQLAlchemy (measured)."""
    code = "import sys, migration_lab.watching.child; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=SECONDS
    )
    loaded = set(done.stdout.split())
    assert "migration_lab.snapshot.sqlite" in loaded
    packages = {name.partition(".")[0] for name in loaded}
    assert packages & {"sqlalchemy", "alembic", "IPython", "ipywidgets", "pandas", "numpy", "asyncio"} == set()
