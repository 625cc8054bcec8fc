"""A lesson, its live view and a rehearsal are the same thing on a server as on SQLite."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from migration_lab.engines import EngineError, find_engine, url_text
from migration_lab.lessons import EMPTY, SEEDED, InUseError, Lesson, build_project, open_lesson
from migration_lab.rehearsal import Plan, Rehearsals
from migration_lab.snapshot import ServerDatabase, Unreadable, diff
from migration_lab.watching import Project, Sight, WatchingProcess

from .lessons import write_revision

SERVERS = ["postgresql", "postgresql-16", "mariadb"]
ADD = 'op.add_column("users", sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()))'


@pytest.fixture(params=SERVERS)
def lesson(request: pytest.FixtureRequest) -> Iterator[Lesson]:
    """A lesson with adi and john on each server in turn."""
    if missing := find_engine(request.param).missing:
        pytest.skip(missing)
    opened = open_lesson("servers", SEEDED, engine=request.param)
    yield opened
    opened.close()


def names(lesson: Lesson) -> list[str]:
    with lesson.engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT username FROM users ORDER BY id")).scalars())


def eventually(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_is_a_normal_project_with_the_same_snapshot_and_new_rows_are_numbered_on(lesson: Lesson) -> None:
    assert lesson.folder.name == f"servers_{lesson.kind.key.replace('-', '_')}"
    snapshot = lesson.snapshot()
    users = snapshot.tables["users"]
    assert snapshot.versions == ("0001",)
    assert [(c.name, c.type, c.nullable) for c in users.columns] == [
        ("id", "INTEGER", False),
        ("username", "VARCHAR(50)", True),
        ("email", "VARCHAR(100)", True),
    ]
    assert {unique.columns for unique in users.uniques} == {("username",), ("email",)}
    assert [[cell.text for cell in row.cells] for row in users.page.rows] == [
        ["1", "adi", "NULL"],
        ["2", "john", "NULL"],
    ]
    with lesson.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO users (username) VALUES ('eva')"))
    assert lesson.snapshot().tables["users"].page.rows[-1].key == ("3",)


def test_alembic_runs_on_it_and_a_reset_puts_it_back_whoever_is_connected(lesson: Lesson) -> None:
    write_revision(lesson.folder, ADD, 'op.drop_column("users", "is_active")')
    command.upgrade(lesson.config, "head")
    column = lesson.snapshot().tables["users"].column("is_active")
    assert column is not None
    assert not column.nullable
    command.downgrade(lesson.config, "0001")
    command.upgrade(lesson.config, "head")
    with sa.create_engine(lesson.url).connect() as somebody:
        somebody.execute(sa.text("SELECT 1"))
        somebody.commit()
        lesson.reset()
    assert lesson.snapshot().versions == ("0001",)
    assert names(lesson) == ["adi", "john"]


def test_plain_alembic_works_in_a_terminal(lesson: Lesson) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "current"], cwd=lesson.folder, capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout.split()) == (0, ["0001", "(head)"])


def test_where_no_server_runs_alembic_says_what_to_do_in_a_terminal(lesson: Lesson, tmp_path: Path) -> None:
    project = tmp_path / "project"
    build_project(project, EMPTY, lesson.kind)
    lesson.kind.drop(lesson.kind.url(project))
    ini = project / "alembic.ini"
    ini.write_text(ini.read_text(encoding="utf-8").replace(".servers", ".elsewhere"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "current"], cwd=project, capture_output=True, encoding="utf-8"
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert f"{lesson.kind.name} runs while a notebook is open on it" in done.stdout + done.stderr


def test_another_kernel_is_told_that_it_is_open_here(lesson: Lesson) -> None:
    code = f"from migration_lab import open_lesson; open_lesson('servers', engine={lesson.kind.key!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert InUseError.__name__ in done.stderr
    assert f"folder='{lesson.folder.name}_2'" in done.stderr


def test_an_engine_that_is_missing_or_unknown_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migration_lab.engines.mariadb.MariaDB._program", "")
    with pytest.raises(EngineError, match=r"^MariaDB is missing: apt install "):
        open_lesson("servers", engine="mariadb")
    with pytest.raises(ValueError, match=r"^no engine 'oracle': there is sqlite, .*mariadb"):
        open_lesson("servers", engine="oracle")


def test_a_live_view_sees_a_commit_of_another_process_and_a_reset(lesson: Lesson) -> None:
    seen: list[Sight] = []

    def rows() -> list[str]:
        snapshot = seen[-1].snapshot if seen else None
        table = snapshot.tables.get("users") if snapshot else None
        return [row.cells[1].text for row in table.page.rows] if table else []

    watching = WatchingProcess(lambda sight: seen.append(sight) or True, lambda why: None)  # type: ignore[func-returns-value]
    project = Project(lesson.name, lesson.source, lesson.folder, lesson.versions)
    watching.start([project])
    forget = lesson.on_replace(watching.paused)
    try:
        eventually(lambda: rows() == ["adi", "john"])
        code = (
            "import sys, sqlalchemy as sa\nwith sa.create_engine(sys.argv[1]).begin() as c:\n"
            "    c.execute(sa.text(\"INSERT INTO users (username) VALUES ('eva')\"))"
        )
        url = lesson.url.render_as_string(hide_password=False)
        subprocess.run([sys.executable, "-c", code, url], check=True)
        eventually(lambda: rows() == ["adi", "john", "eva"])
        lesson.reset()
        eventually(lambda: rows() == ["adi", "john"])
        told = {sight.trouble.kind for sight in seen if sight.trouble}
        assert told <= {"missing"}
    finally:
        forget()
        watching.close()


def test_no_commit_is_missed_however_close_it_is_to_a_look(lesson: Lesson) -> None:
    """A number that moves before the commit can be seen would leave the last picture wrong for good."""
    rounds = 300
    written: queue.SimpleQueue[int] = queue.SimpleQueue()
    going_on: queue.SimpleQueue[None] = queue.SimpleQueue()

    def write() -> None:
        update = sa.text("UPDATE users SET email = :email WHERE id = 1")
        with lesson.engine.connect() as connection:
            for number in range(rounds):
                connection.execute(update, {"email": f"tick{number}"})
                connection.commit()
                written.put(number)
                going_on.get()

    watch = lesson.source.watch()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = ""
        for number in range(rounds):
            committed = False
            while not committed:
                committed = not written.empty()
                snapshot = watch.look()  # once more after the commit
                seen = snapshot.tables["users"].page.rows[0].cells[2].text if snapshot else seen
            assert seen == f"tick{number}"
            written.get()
            going_on.put(None)
    finally:
        for _ in range(rounds):
            going_on.put(None)
        writer.join()
        watch.let_go()


def test_a_watch_on_a_server_that_is_not_there_says_so(lesson: Lesson) -> None:
    with pytest.raises(Unreadable):
        ServerDatabase(url_text(lesson.url).replace(".servers", ".elsewhere")).watch().look()


def test_a_rehearsal_takes_each_revision_up_and_down_and_the_original_stays(lesson: Lesson) -> None:
    write_revision(lesson.folder, ADD, 'op.drop_column("users", "is_active")')
    before = lesson.snapshot()
    report = lesson.rehearse(back=True)
    assert [(step.action, step.revision, step.failure) for step in report.steps] == [
        ("upgrade", "0002", None),
        ("downgrade", "0002", None),
    ]
    assert "BEGIN" in [statement.sql for statement in report.statements]
    assert report.done
    assert lesson.snapshot() == before
    after = report.after("downgrade")
    assert after is not None
    assert not diff(before, after)


@pytest.mark.parametrize("way", ["the URL of another database", "a connection of the migration's own"])
def test_a_rehearsal_refuses_another_database_of_the_same_server_before_its_first_statement(
    lesson: Lesson, way: str, tmp_path: Path
) -> None:
    engine = lesson.kind
    copy = tmp_path / "copy"
    build_project(copy, SEEDED, engine)
    url = lesson.url.render_as_string(hide_password=False)
    write_revision(copy, 'op.execute("DELETE FROM users")')
    if way == "the URL of another database":
        env = copy / "migrations" / "env.py"
        text = env.read_text(encoding="utf-8")
        opened = text.replace(
            "engine = engine_from_config(", f"engine = pool and create_engine({url!r}) or (lambda *a, **o: 0)("
        )
        opened = opened.replace("import models\n", "import models\nfrom sqlalchemy import create_engine\n")
        env.write_text(opened, encoding="utf-8")
    else:
        write_revision(copy, f"sa.create_engine({url!r}).connect().execute(sa.text('DELETE FROM users'))")
    try:
        with Rehearsals() as rehearsals:
            report = rehearsals.run(Plan(copy, engine, engine.url(copy), "0001"), 60)
    finally:
        engine.drop(engine.url(copy))
    assert report.refused.startswith(f"it connects to the database {lesson.url.database} on the server at ")
    assert report.refused.endswith("which is not the copy")
    assert report.failure("upgrade") is not None
    assert names(lesson) == ["adi", "john"]


def test_a_transaction_that_a_migration_left_open_is_told(lesson: Lesson) -> None:
    url = lesson.kind.url
    write_revision(
        lesson.folder,
        "import builtins\n"
        "builtins.left = sa.create_engine(op.get_context().config.get_main_option('sqlalchemy.url')).connect()\n"
        "builtins.left.execute(sa.text(\"UPDATE users SET email = 'x' WHERE id = 1\"))",
    )
    assert url(lesson.folder) == lesson.url
    assert [step.locked for step in lesson.rehearse().steps] == [True]
