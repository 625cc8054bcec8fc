"""The live view turns to the exercise that is being worked on, and back to the lesson, by what was touched last."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
from alembic import command
from IPython.core.interactiveshell import InteractiveShell

from migration_lab import Lesson, open_lesson
from migration_lab.engines import sqlite_driver
from migration_lab.lab import READ_LATER
from migration_lab.lessons import scratch
from migration_lab.views import ExerciseView, LiveView, exercise, live_view
from migration_lab.views.pictures import following, live
from migration_lab.watching import watcher

TICK = 0.02  # seconds between two steps of a test: a file system tells times apart by a few milliseconds


@pytest.fixture(autouse=True, params=["a notebook", "no notebook"])
def fresh_kernel(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A scratch folder of the test's own, and no exercise open. In a notebook, a process of its own watches."""
    if request.param == "a notebook":
        shell = InteractiveShell()
        monkeypatch.setattr(live, "get_ipython", lambda: shell)
    monkeypatch.setenv(scratch.VARIABLE, str(tmp_path / "größe x"))
    monkeypatch.delenv(READ_LATER, raising=False)
    monkeypatch.setattr(following, "_exercises", {})
    monkeypatch.setattr(following, "_worked_on", {})
    yield
    for view in list(LiveView._open.values()):
        view.close()
    for opened in list(Lesson._open.values()):
        opened.close()


@pytest.fixture
def lesson() -> Lesson:
    """A seeded lesson."""
    return open_lesson("02_failure")


def open_databases() -> list[str]:
    """Those that this process and those it started have open."""
    ours = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return [file.path for process in ours for file in process.open_files() if file.path.endswith("app.db")]


def shown(view: LiveView) -> str:
    """What the view shows when a cell has ended."""
    view.refresh()
    return str(view.drawing)


def solve(task: ExerciseView, name: str = "0002_x.py") -> None:
    """Write a migration for the exercise, in place of those it came with."""
    for path in task.versions.glob("0002*"):
        path.unlink()
    text = "revision = '0002'\ndown_revision = '0001'\n\n\ndef upgrade():\n    pass\n"
    (task.versions / name).write_text(text, encoding="utf-8")


def test_an_exercise_that_is_opened_is_shown_and_named(lesson: Lesson) -> None:
    view = live_view(lesson)
    assert shown(view).startswith("Live: 02_failure/app.db")
    task = exercise("02.1")
    assert shown(view).startswith(f"Live: {task.folder.name}/app.db")
    assert "0002 add newsletter" in shown(view)  # its history, too
    assert "What changed" not in shown(view)  # another database is no change of this one


def test_the_exercise_touched_last_is_shown_whoever_touched_it(lesson: Lesson) -> None:
    view = live_view(lesson)
    first, second = exercise("02.1"), exercise("02.2")
    assert "Live: exercise_02_2/app.db" in shown(view)
    time.sleep(TICK)
    solve(first)
    assert "Live: exercise_02_1/app.db" in shown(view)
    time.sleep(TICK)
    with closing(sqlite_driver().connect(second.attempt.lesson.database)) as connection:
        connection.execute("UPDATE users SET email = 'a@b.c' WHERE id = 1")
        connection.commit()
    assert "Live: exercise_02_2/app.db" in shown(view)
    time.sleep(TICK)
    first.restore_database()
    assert "Live: exercise_02_1/app.db" in shown(view)
    time.sleep(TICK)
    second.check()
    assert "Live: exercise_02_2/app.db" in shown(view)


def test_the_lesson_comes_back_when_its_files_or_its_database_change(lesson: Lesson) -> None:
    view = live_view(lesson)
    task = exercise("02.3")
    for touch in (
        lambda: command.revision(lesson.config, "more", rev_id="0002"),
        lambda: command.upgrade(lesson.config, "head"),
        lambda: (lesson.folder / "models.py").write_text("", encoding="utf-8"),
        lambda: next(lesson.versions.glob("0002*")).unlink(),
        lesson.reset,
        lambda: open_lesson("02_failure"),
    ):
        time.sleep(TICK)
        task.check()
        assert "Live: exercise_02_3/app.db" in shown(view)
        time.sleep(TICK)
        touch()
        assert "Live: 02_failure/app.db" in shown(view)


def test_a_change_in_the_exercise_is_marked_when_another_thread_looks(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "TURN", 0.01)
    view = live_view(lesson)
    task = exercise("02.1")
    view.refresh()
    done = threading.Event()

    def look() -> None:
        while "users: row 1 changed" not in str(view.drawing) and not done.wait(0.01):
            view.refresh()

    thread = threading.Thread(target=look)
    thread.start()
    with closing(sqlite_driver().connect(task.attempt.lesson.database)) as connection:
        connection.execute("UPDATE users SET email = 'a@b.c' WHERE id = 1")
        connection.commit()
    thread.join(timeout=30)
    done.set()
    assert "users: row 1 changed" in str(view.drawing)


def test_running_the_live_views_cell_again_shows_the_lesson(lesson: Lesson) -> None:
    live_view(lesson)
    exercise("02.1")
    time.sleep(TICK)
    assert "Live: 02_failure/app.db" in shown(live_view(lesson))


def test_starting_an_exercise_over_finds_its_file_closed(lesson: Lesson) -> None:
    view = live_view(lesson)
    task = exercise("02.1")
    view.refresh()
    assert open_databases() != []
    held: list[list[str]] = []

    @contextmanager
    def look() -> Iterator[None]:
        yield
        held.append(open_databases())

    task.attempt.lesson._pauses.append(look)  # left first: the folder was replaced, and the view still waits
    task.attempt.start_over()
    assert held == [[]]
    assert "Live: exercise_02_1/app.db" in shown(view)
    again = exercise("02.1")  # and so it stays where the exercise is opened again
    view.refresh()
    again.attempt.start_over()
    assert held == [[], [], []]
    view.close()
    assert len(again.attempt.lesson._pauses) == 1  # the test's own
    assert lesson._pauses == []


def test_reading_a_database_in_wal_mode_touches_nothing(lesson: Lesson) -> None:
    view = live_view(lesson)
    task = exercise("02.1")
    with closing(sqlite_driver().connect(task.attempt.lesson.database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    time.sleep(TICK)
    view.refresh()
    assert "Live: exercise_02_1/app.db" in shown(view)
    time.sleep(TICK)
    (lesson.folder / "models.py").touch()
    for _ in range(3):
        assert "Live: 02_failure/app.db" in shown(view)


def test_an_exercise_whose_folder_is_gone_calls_for_nothing(lesson: Lesson) -> None:
    view = live_view(lesson)
    task = exercise("02.1")
    time.sleep(TICK)
    lesson.reset()
    task.folder.rename(task.folder.with_name("aside"))
    assert "Live: 02_failure/app.db" in shown(view)


def test_a_file_put_there_with_an_old_time_is_a_touch_too(lesson: Lesson) -> None:
    view = live_view(lesson)
    task = exercise("02.1")
    time.sleep(TICK)
    lesson.reset()
    assert "Live: 02_failure/app.db" in shown(view)
    time.sleep(TICK)
    solve(task)
    os.utime(task.versions / "0002_x.py", ns=(0, 0))
    os.utime(task.versions, ns=(0, 0))
    assert "Live: exercise_02_1/app.db" in shown(view)


def test_a_page_that_is_read_later_keeps_to_the_lesson(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(READ_LATER, "1")
    view = live_view(lesson)
    exercise("02.1")
    assert "Live: 02_failure/app.db" in shown(view)
