"""The live view: it follows the database whatever happens to it, disturbs nobody, and ends when told to."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from alembic import command
from IPython.core.events import EventManager

from migration_lab import EMPTY, Lesson, open_lesson
from migration_lab.engines import sqlite
from migration_lab.lessons import scratch
from migration_lab.views.pictures import live, picture
from migration_lab.views.pictures.drawing import Drawing
from migration_lab.views.pictures.live import LiveView, live_view
from migration_lab.watching import process, watcher

SECONDS = 30  # how long a test waits for what must come; no test measures time


class Shell:
    """As much of a kernel's shell as the view uses."""

    def __init__(self) -> None:
        self.execution_count = 1
        self.display_pub = SimpleNamespace(set_thread_parent=self.set_thread_parent)
        self.events = EventManager(self, {"post_run_cell": lambda result: None})  # type: ignore[arg-type]
        self.thread_parents: list[object] = []

    def get_parent(self) -> object:
        return {"header": {"msg_id": "the cell that shows the view"}}

    def set_thread_parent(self, parent: object) -> None:
        self.thread_parents.append(parent)


class Page:
    """What has reached the page."""

    def __init__(self) -> None:
        self.drawings: list[Drawing] = []

    def display(self, drawing: Drawing, *, display_id: bool) -> Page:
        assert display_id
        self.drawings.append(drawing)
        return self

    def update(self, drawing: Drawing) -> None:
        self.drawings.append(drawing)

    @property
    def text(self) -> str:
        return str(self.drawings[-1])

    @property
    def html(self) -> str:
        return self.drawings[-1].html


@pytest.fixture(autouse=True, params=["sqlite3", "pysqlite3"])
def each_sqlite(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test on each SQLite."""
    pytest.importorskip(request.param)
    monkeypatch.setenv(sqlite.VARIABLE, request.param)


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lesson]:
    """A seeded lesson."""
    monkeypatch.setenv(scratch.VARIABLE, str(tmp_path / "größe x"))
    monkeypatch.setattr(process, "PAUSE", 0.01)
    monkeypatch.setattr(process, "RESTART", 0.01)
    opened = open_lesson("02_failure")
    yield opened
    for view in list(LiveView._open.values()):
        view.close()
    Lesson._open[opened.folder].close()


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A notebook."""
    shell = Shell()
    monkeypatch.setattr(live, "get_ipython", lambda: shell)
    return shell


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, shell: Shell) -> Page:
    """A page that shows what a notebook displays."""
    page = Page()
    monkeypatch.setattr(live, "display", page.display)
    return page


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


def wait_for(page: Page, words: str) -> None:
    deadline = time.monotonic() + SECONDS
    while words not in page.text:
        assert time.monotonic() < deadline, f"«{words}» never came, but:\n{page.text}"
        time.sleep(0.005)


def sql(path: Path, script: str) -> None:
    with closing(sqlite.sqlite_driver().connect(path)) as connection:
        connection.executescript(script)
        connection.commit()


def other_process(path: Path, script: str) -> None:
    code = """if True:
        import importlib, sys
        connection = importlib.import_module(sys.argv[3]).connect(sys.argv[1])
        connection.executescript(sys.argv[2])
        connection.commit()"""
    driver = sqlite.sqlite_driver().__name__
    subprocess.run([sys.executable, "-c", code, str(path), script, driver], check=True, timeout=SECONDS)


@contextmanager
def locked(path: Path, how: str = "EXCLUSIVE") -> Iterator[None]:
    with closing(sqlite.sqlite_driver().connect(path, isolation_level=None)) as connection:
        connection.execute(f"BEGIN {how}")
        yield


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("live view")]


def watching(view: LiveView) -> psutil.Process:
    """The process that watches for the view."""
    assert view._process is not None
    pid = view._process.pid
    assert pid is not None
    return psutil.Process(pid)


def ended(child: psutil.Process) -> bool:
    """Whether it is gone; one that nobody has asked for its end is, too."""
    return not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def open_files(path: Path) -> list[str]:
    """The files below ``path`` that this process and those it started have open."""
    found = []
    ours = [psutil.Process(), *psutil.Process().children(recursive=True)]
    for descriptor in (one for each in ours for one in Path(f"/proc/{each.pid}/fd").iterdir()):
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target.removesuffix(" (deleted)").startswith(str(path)):
            found.append(target)
    return found


def still_view(lesson: Lesson, page: Page) -> LiveView:
    """A view without its thread, which looks when it is told to."""
    view = LiveView(lesson)
    view._handle = page  # type: ignore[assignment]
    view.refresh()
    return view


on_linux = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to see which files are open")


# --- it follows


def test_a_commit_of_another_process_reaches_the_page(lesson: Lesson, page: Page) -> None:
    live_view(lesson)
    assert "2 rows" in page.text
    other_process(lesson.database, "INSERT INTO users VALUES (3, 'eva', NULL)")
    wait_for(page, "3 | 'eva' | NULL")
    assert "users: row 3 appeared" in page.text
    assert '<tr class="appeared">' in page.html


def test_a_migration_in_this_kernel_reaches_the_page_with_its_history(lesson: Lesson, page: Page) -> None:
    live_view(lesson)
    command.revision(lesson.config, "add <age>", rev_id="0002")
    wait_for(page, "0002 add <age>")
    path = next(lesson.versions.glob("0002*"))
    upgrade = "def upgrade() -> None:\n    op.add_column('users', sa.Column('age', sa.Integer))"
    path.write_text(path.read_text("utf-8").replace("def upgrade() -> None:\n    pass", upgrade), "utf-8")
    command.upgrade(lesson.config, "head")
    wait_for(page, "Alembic: 0002")
    wait_for(page, "id | username | email | age")
    assert "● <b>0002</b> add &lt;age&gt;" in page.html


def test_an_uncommitted_change_is_not_shown_and_a_rollback_changes_nothing(lesson: Lesson, page: Page) -> None:
    view = live_view(lesson)
    with closing(sqlite.sqlite_driver().connect(lesson.database)) as connection:
        connection.execute("DELETE FROM users")
        view.refresh()
        assert "2 rows" in page.text
        connection.rollback()
    view.refresh()
    assert len(page.drawings) == 1


def test_it_follows_in_wal_mode_and_back(lesson: Lesson, page: Page) -> None:
    live_view(lesson)
    sql(lesson.database, "PRAGMA journal_mode = WAL; INSERT INTO users VALUES (3, 'wal', NULL)")
    wait_for(page, "'wal'")
    with closing(sqlite.sqlite_driver().connect(lesson.database)) as connection:
        connection.execute("INSERT INTO users VALUES (4, 'open', NULL)")
        connection.commit()
        wait_for(page, "'open'")
    other_process(lesson.database, "INSERT INTO users VALUES (5, 'other', NULL)")
    wait_for(page, "'other'")


def test_what_changed_stays_marked_for_the_cell_and_is_marked_anew_in_the_next(
    lesson: Lesson, page: Page, shell: Shell
) -> None:
    view = live_view(lesson)
    sql(lesson.database, "INSERT INTO users VALUES (3, 'eva', NULL)")
    wait_for(page, "users: row 3 appeared")
    sql(lesson.database, "INSERT INTO users VALUES (4, 'tom', NULL)")  # the same cell: both are new
    wait_for(page, "users: row 4 appeared")
    assert "users: row 3 appeared" in page.text
    shell.execution_count += 1
    sql(lesson.database, "INSERT INTO users VALUES (5, 'kim', NULL)")
    wait_for(page, "users: row 5 appeared")
    assert "users: row 4 appeared" not in page.text
    view.close()


# --- what may happen to the file


def test_a_database_that_is_not_there_yet_says_so_and_then_appears(lesson: Lesson, page: Page) -> None:
    live_view(open_lesson("02_failure", EMPTY))
    assert "There is no database yet" in page.text
    sql(lesson.database, "CREATE TABLE users (x)")
    wait_for(page, "users: no rows")
    assert "no database" not in page.text


def test_a_database_that_is_deleted_says_so_and_comes_back(lesson: Lesson, page: Page) -> None:
    live_view(lesson)
    lesson.database.unlink()
    wait_for(page, "⚠ There is no database here")
    assert "'adi'" not in page.text
    assert 'role="status"' in page.html
    sql(lesson.database, "CREATE TABLE anew (x)")
    wait_for(page, "anew: no rows")
    assert "⚠" not in page.text


def test_a_folder_that_is_deleted_altogether_says_so(lesson: Lesson, page: Page) -> None:
    live_view(lesson)
    aside = lesson.folder.rename(lesson.folder.with_name("aside"))
    wait_for(page, "⚠ There is no database here")
    aside.rename(lesson.folder)
    wait_for(page, "'adi'")


def test_a_reset_and_a_reopening_are_followed(lesson: Lesson, page: Page) -> None:
    live_view(lesson)
    sql(lesson.database, "DELETE FROM users")
    wait_for(page, "no rows")
    lesson.reset()
    wait_for(page, "'john'")
    again = open_lesson("02_failure")
    sql(lesson.database, "INSERT INTO users VALUES (3, 'eva', NULL)")
    wait_for(page, "'eva'")
    again.reset()
    wait_for(page, "users: 2 rows")
    assert "⚠" not in page.text


def test_a_long_lock_gets_a_line_which_goes_away(lesson: Lesson, page: Page) -> None:
    live_view(lesson)
    with locked(lesson.database):
        wait_for(page, "⚠ The database is locked by another connection")
        assert "'adi'" in page.text  # the state before
    until(lambda: "locked" not in page.text)
    assert "'adi'" in page.text


def test_a_short_lock_gets_no_line(lesson: Lesson, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "PATIENCE", 3600)
    view = still_view(lesson, page)
    with locked(lesson.database):
        view.refresh()
        view.refresh()
    view.refresh()
    assert len(page.drawings) == 1


def test_a_lock_from_the_start_is_told_too(lesson: Lesson, page: Page) -> None:
    with locked(lesson.database):
        live_view(lesson)
        wait_for(page, "⚠ The database is locked by another connection")
    wait_for(page, "'adi'")


@pytest.mark.parametrize("garbage", [b"no database" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_corrupted_file_says_so_and_comes_back_with_a_whole_one(lesson: Lesson, page: Page, garbage: bytes) -> None:
    live_view(lesson)
    whole = lesson.database.read_bytes()
    lesson.database.write_bytes(garbage)
    wait_for(page, "⚠ The database can’t be read")
    assert "Reset the lesson" in page.text
    lesson.database.write_bytes(whole)
    wait_for(page, "'adi'")
    assert "⚠" not in page.text


def test_an_emptied_file_is_an_empty_database(lesson: Lesson, page: Page) -> None:
    live_view(lesson)
    lesson.database.write_bytes(b"")
    until(lambda: "No tables yet." in page.html)


def test_what_a_killed_writer_left_is_survived(lesson: Lesson, page: Page) -> None:
    """A journal that must be rolled back: a view that only reads can't, the next writer does."""
    live_view(lesson)
    code = """if True:
        import importlib, os, signal, sys
        connection = importlib.import_module(sys.argv[2]).connect(sys.argv[1], isolation_level=None)
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE big (x)")
        connection.executemany("INSERT INTO big VALUES (?)", [("x" * 1000,)] * 1000)
        os.kill(os.getpid(), signal.SIGKILL)"""
    driver = sqlite.sqlite_driver().__name__
    subprocess.run([sys.executable, "-c", code, str(lesson.database), driver], check=False, timeout=SECONDS)
    assert lesson.database.with_name("app.db-journal").exists()
    other_process(lesson.database, "INSERT INTO users VALUES (3, 'eva', NULL)")
    wait_for(page, "'eva'")
    assert "big" not in page.text
    assert "⚠" not in page.text


def test_files_of_migrations_that_come_go_and_break_are_followed(lesson: Lesson, page: Page) -> None:
    live_view(lesson)
    path = lesson.versions / "0002_x.py"
    path.write_text("revision = '0002'\ndown_revision = '0001'\n", "utf-8")
    wait_for(page, "0002")
    path.write_text("revision = ", "utf-8")
    until(lambda: "⚠ 0002_x.py, line 1: invalid syntax" in page.html)
    path.unlink()
    until(lambda: "0002" not in page.html)


def test_a_mistake_of_the_view_itself_is_told_once_and_it_goes_on(
    lesson: Lesson, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_view(lesson)
    calls = 0

    def stumble(*_: object, **__: object) -> Any:
        nonlocal calls
        calls += 1
        raise ZeroDivisionError("oops")

    with monkeypatch.context() as patch:
        patch.setattr(picture, "diff", stumble)
        sql(lesson.database, "INSERT INTO users VALUES (3, 'eva', NULL)")
        wait_for(page, "⚠ This view stumbled and goes on trying (ZeroDivisionError: oops)")
        told, seen = len(page.drawings), calls
        until(lambda: calls > seen + 3)
        assert len(page.drawings) == told
    wait_for(page, "'eva'")
    assert "⚠" not in page.text


def test_a_page_that_cannot_be_reached_does_not_end_the_view(
    lesson: Lesson, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_view(lesson)
    failures: list[Drawing] = []

    def fail(drawing: Drawing) -> None:
        failures.append(drawing)
        raise OSError("the socket is closed")

    with monkeypatch.context() as patch:
        patch.setattr(page, "update", fail)
        sql(lesson.database, "INSERT INTO users VALUES (3, 'eva', NULL)")
        until(lambda: failures)
    wait_for(page, "'eva'")


# --- it disturbs nobody


def test_between_two_looks_it_holds_no_lock(lesson: Lesson, page: Page) -> None:
    view = still_view(lesson, page)
    for mode in ("DELETE", "WAL"):
        with closing(sqlite.sqlite_driver().connect(lesson.database, isolation_level=None, timeout=0)) as connection:
            connection.execute(f"PRAGMA journal_mode = {mode}")
            for _ in range(3):
                view.refresh()
                connection.execute("BEGIN EXCLUSIVE")
                connection.execute("UPDATE users SET email = random()")
                connection.execute("COMMIT")
            view.refresh()
            connection.execute("VACUUM")
    view.close()


@on_linux
def test_in_a_pause_the_file_is_closed_and_afterwards_it_is_followed_again(lesson: Lesson, page: Page) -> None:
    view = live_view(lesson)
    view.refresh()
    assert open_files(lesson.database) == [str(lesson.database)]
    with view.paused(), view.paused():
        assert open_files(lesson.database) == []
        view.refresh()
        sql(lesson.database, "INSERT INTO users VALUES (3, 'eva', NULL)")
        assert open_files(lesson.database) == []
        assert len(page.drawings) == 1
    wait_for(page, "'eva'")
    view.close()
    assert open_files(lesson.database) == []


@on_linux
def test_while_the_folder_is_replaced_the_file_is_closed(lesson: Lesson, page: Page) -> None:
    view = live_view(lesson)
    seen = []

    @contextmanager
    def look() -> Iterator[None]:
        yield
        time.sleep(0.05)
        # Anywhere in scratch_db: the old folder has another name by now.
        seen.append([file for file in open_files(lesson.folder.parent) if "app.db" in file])

    lesson._pauses.append(look)  # left first: the folder was replaced, and the view still waits
    lesson.reset()
    assert seen == [[]]
    view.close()


@on_linux
def test_a_file_that_was_replaced_is_not_kept_open(lesson: Lesson, page: Page) -> None:
    live_view(lesson)
    for number in range(3):
        new = lesson.database.with_name("new.db")
        sql(new, f"CREATE TABLE t{number} (x)")
        new.replace(lesson.database)
        wait_for(page, f"t{number}: no rows")
    assert open_files(lesson.database) == [str(lesson.database)]


# --- it ends


def test_closing_ends_thread_and_process_and_keeps_the_last_picture(lesson: Lesson, page: Page, shell: Shell) -> None:
    view = live_view(lesson)
    assert threads() == ["live view of 02_failure/app.db"]
    child = watching(view)
    view.close()
    view.close()
    assert threads() == []
    assert ended(child)
    assert LiveView._open == {}
    assert lesson._pauses == []
    sql(lesson.database, "DELETE FROM users")
    view.refresh()
    shell.events.trigger("post_run_cell", None)
    lesson.reset()
    assert len(page.drawings) == 1


def test_showing_it_again_closes_the_earlier_one(lesson: Lesson, page: Page, shell: Shell) -> None:
    views = [live_view(lesson) for _ in range(3)]
    assert threads() == ["live view of 02_failure/app.db"]
    assert LiveView._open == {lesson.folder: views[-1]}
    assert len(lesson._pauses) == 1
    assert len(shell.events.callbacks["post_run_cell"]) == 1
    for earlier in views[:-1]:
        assert earlier._closed


def test_two_lessons_have_a_view_each(lesson: Lesson, page: Page) -> None:
    other = open_lesson("02_failure", folder="02_failure_2")
    live_view(lesson)
    live_view(other)
    assert len(threads()) == 2
    sql(other.database, "INSERT INTO users VALUES (3, 'eva', NULL)")
    wait_for(page, "Live: 02_failure_2/app.db")
    wait_for(page, "'eva'")
    LiveView._open[other.folder].close()
    other.close()


def test_the_end_of_a_cell_brings_the_picture_up_to_date_before_the_notebook_is_saved(
    lesson: Lesson, page: Page, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "PAUSE", 3600)
    live_view(lesson)
    sql(lesson.database, "INSERT INTO users VALUES (3, 'eva', NULL)")
    assert "'eva'" not in page.text
    shell.events.trigger("post_run_cell", None)
    assert "'eva'" in page.text


def test_its_pictures_belong_to_the_cell_that_shows_it(lesson: Lesson, page: Page, shell: Shell) -> None:
    live_view(lesson)
    until(lambda: shell.thread_parents)
    assert shell.thread_parents == [shell.get_parent()]


def test_outside_a_notebook_it_prints_once_and_follows_nothing(
    lesson: Lesson, capsys: pytest.CaptureFixture[str]
) -> None:
    view = live_view(lesson)
    assert "1 | 'adi' | NULL" in capsys.readouterr().out
    assert threads() == []
    sql(lesson.database, "DELETE FROM users")
    view.refresh()
    assert "no rows" in str(view.drawing)
    view.close()


def test_a_process_ends_though_its_view_is_still_open(lesson: Lesson) -> None:
    code = """if True:
        from IPython.core.interactiveshell import InteractiveShell
        InteractiveShell.instance()
        from migration_lab import open_lesson
        from migration_lab.views import live_view
        live_view(open_lesson("02_failure", folder="03"))
        print("done")"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("done\n")
    assert "Traceback" not in done.stderr


def test_a_process_that_ends_is_replaced_and_the_view_says_so_in_between(lesson: Lesson, page: Page) -> None:
    view = live_view(lesson)
    view.refresh()
    earlier = watching(view)
    earlier.kill()
    until(lambda: any("⚠ This view stumbled and goes on trying (it ended" in str(one) for one in page.drawings))
    sql(lesson.database, "INSERT INTO users VALUES (3, 'eva', NULL)")
    wait_for(page, "'eva'")
    assert "⚠" not in page.text
    assert watching(view) != earlier


def test_where_no_process_can_be_started_the_end_of_a_cell_still_brings_the_picture(
    lesson: Lesson, page: Page, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(lesson.folder / "nothing"))
    live_view(lesson)
    wait_for(page, "it can’t be started")
    sql(lesson.database, "INSERT INTO users VALUES (3, 'eva', NULL)")
    shell.events.trigger("post_run_cell", None)
    assert any("'eva'" in str(drawing) for drawing in page.drawings)


def test_the_process_that_watches_ends_with_the_kernel_even_where_that_is_killed(lesson: Lesson) -> None:
    code = """if True:
        from IPython.core.interactiveshell import InteractiveShell
        InteractiveShell.instance()
        from migration_lab import open_lesson
        from migration_lab.views import live_view
        view = live_view(open_lesson("02_failure", folder="03"))
        view.refresh()
        print("pid", view._process.pid, flush=True)
        input()"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as kernel:
        assert kernel.stdout is not None
        child = next(psutil.Process(int(line.split()[1])) for line in kernel.stdout if line.startswith(b"pid"))
        assert not ended(child)
        kernel.kill()
    until(lambda: ended(child))
