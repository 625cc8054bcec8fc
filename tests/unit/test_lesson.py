"""Opening a lesson: its states, its lock, what a kill leaves behind, and what it leaves alone around it."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from migration_lab import CREATED, EMPTY, SEEDED, Lesson, Stage, open_lesson
from migration_lab.engines import sqlite
from migration_lab.lessons import ScratchError, scratch
from migration_lab.lessons.keep import KEPT_COPIES
from migration_lab.lessons.lesson import reset_all
from migration_lab.lessons.lock import InUseError
from migration_lab.lessons.scratch import MARKER
from migration_lab.lessons.stage import PROJECT
from migration_lab.snapshot import SnapshotError

NAME = "02_failure"
EVERYTHING = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"


@pytest.fixture(params=["sqlite3", "pysqlite3"])
def either_sqlite(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the test on Python's own SQLite and on the package's."""
    pytest.importorskip(request.param)
    monkeypatch.setenv(sqlite.VARIABLE, request.param)
    return str(request.param)


@pytest.fixture
def scratch_db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty scratch_db of the test's own; its lessons are closed afterwards."""
    root = tmp_path / "scratch_db"
    monkeypatch.setenv(scratch.VARIABLE, str(root))
    path, modules = list(sys.path), sys.modules.get("models")
    yield root
    for opened in list(Lesson._open.values()):
        opened.close()
    sys.path[:] = path  # Alembic adds each project's folder
    sys.modules.pop("models", None)
    if modules is not None:
        sys.modules["models"] = modules


def users(opened: Lesson) -> list[tuple[object, ...]]:
    with opened.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT * FROM users ORDER BY id"))]


def rewrite(path: Path, old: str, new: str) -> None:
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new), encoding="utf-8")


def migration(revision: str, down: str | None, upgrade: str = "pass", downgrade: str = "pass") -> str:
    return textwrap.dedent(f"""
        import sqlalchemy as sa
        from alembic import op

        revision = {revision!r}
        down_revision = {down!r}

        def upgrade():
            {upgrade}

        def downgrade():
            {downgrade}
        """)


def kept_copies(root: Path) -> list[Path]:
    return sorted((root / "kept").glob("*"))


@contextmanager
def process(root: Path, script: str) -> Iterator[subprocess.Popen[str]]:
    """Another Python with the same scratch_db, once it has printed its first line."""
    environment = {**os.environ, scratch.VARIABLE: str(root)}
    command_line = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(
        command_line, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "ready\n"
            yield other
        finally:
            other.kill()


HOLD = f"""
    import sys
    from migration_lab import open_lesson
    open_lesson({NAME!r})
    print("ready", flush=True)
    sys.stdin.read()
"""


# --- the states


def test_the_empty_stage_is_a_project_without_a_database(scratch_db: Path) -> None:
    opened = open_lesson(NAME, EMPTY)
    assert sorted(path.name for path in opened.folder.iterdir()) == [MARKER, "alembic.ini", "migrations", "models.py"]
    assert list(opened.versions.iterdir()) == []
    with pytest.raises(SnapshotError, match="no database"):
        opened.snapshot()


def test_the_created_stage_has_the_table_and_no_rows(scratch_db: Path, either_sqlite: str) -> None:
    opened = open_lesson(NAME, CREATED)
    snapshot = opened.snapshot()
    assert snapshot.versions == ("0001",)
    assert snapshot.tables["users"].row_count == 0


def test_the_seeded_stage_has_adi_and_john_without_emails(scratch_db: Path, either_sqlite: str) -> None:
    opened = open_lesson(NAME)
    assert opened.snapshot().versions == ("0001",)
    assert users(opened) == [(1, "adi", None), (2, "john", None)]
    assert {unique.columns for unique in opened.snapshot().tables["users"].uniques} == {("username",), ("email",)}
    assert opened.history().heads == ("0001",)


def test_a_stage_with_files_and_a_seed_of_its_own(scratch_db: Path, tmp_path: Path) -> None:
    second = tmp_path / "second.py"
    second.write_text(migration("0002", "0001", "op.add_column('users', sa.Column('age', sa.Integer))"), "utf-8")
    stage = Stage(
        (*SEEDED.files, ("migrations/versions/0002_age.py", second)),
        "0002",
        "INSERT INTO users VALUES (7, 'eva', '', 33);",
    )
    opened = open_lesson(NAME, stage)
    assert opened.snapshot().versions == ("0002",)
    assert users(opened) == [(7, "eva", "", 33)]


def test_the_database_is_opened_with_the_sqlite_that_was_asked_for(scratch_db: Path, either_sqlite: str) -> None:
    opened = open_lesson(NAME)
    scheme = {"sqlite3": "sqlite", "pysqlite3": "sqlite+pysqlite3"}[either_sqlite]
    assert (opened.folder / "alembic.ini").read_text("utf-8").count(
        f"sqlalchemy.url = {scheme}:///%(here)s/app.db"
    ) == 1
    with opened.engine.connect() as connection:
        version = connection.scalar(text("SELECT sqlite_version()"))
    assert tuple(map(int, str(version).split("."))) == sqlite.version()
    assert str(opened.snapshot().engine) == f"SQLite {version}"


@pytest.mark.parametrize("name", ["Größe öäü", "two words", "日本語", "a'b\"c", "hash#and&co", "it [was] (here)"])
def test_any_folder_name_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scratch_db: Path, name: str) -> None:
    monkeypatch.setenv(scratch.VARIABLE, str(tmp_path / name))
    opened = open_lesson(NAME)
    command.revision(opened.config, "nothing", rev_id="0002")
    command.upgrade(opened.config, "head")
    opened.reset()
    assert opened.database.is_file()
    assert opened.folder.parent == tmp_path / name
    assert len(users(opened)) == opened.snapshot().tables["users"].row_count == 2


@pytest.mark.parametrize("sign", ["%", "?", os.pathsep])
def test_a_folder_that_alembic_cannot_work_in_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scratch_db: Path, sign: str
) -> None:
    monkeypatch.setenv(scratch.VARIABLE, str(tmp_path / f"a{sign}b"))
    with pytest.raises(ScratchError, match="move the course") as caught:
        open_lesson(NAME)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / f"a{sign}b").exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", ".hidden", "a\\b", "C:", "-x", "a b"])
def test_a_name_that_leads_elsewhere_is_refused(scratch_db: Path, name: str) -> None:
    with pytest.raises(ScratchError, match="can't name a folder"):
        open_lesson(name)


def test_plain_alembic_in_a_terminal_works_in_the_folder(scratch_db: Path, either_sqlite: str) -> None:
    opened = open_lesson(NAME)
    with (opened.folder / "models.py").open("a", encoding="utf-8") as models:
        models.write("\n\nclass Other(Base):\n    __tablename__ = 'other'\n")
        models.write("    id: Mapped[int] = mapped_column(primary_key=True)\n")
    for line in ("revision --autogenerate -m other --rev-id 0002", "upgrade head", "check"):
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *line.split()],
            cwd=opened.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert opened.snapshot().versions == ("0002",)
    assert "other" in opened.snapshot().tables


# --- reset, and opening again


def test_reset_puts_back_rows_schema_revision_and_files(scratch_db: Path, either_sqlite: str) -> None:
    opened = open_lesson(NAME)
    before, engine = opened.snapshot(), opened.engine
    (opened.versions / "0002_x.py").write_text(
        migration("0002", "0001", "op.add_column('users', sa.Column('x', sa.Text))"), "utf-8"
    )
    rewrite(opened.folder / "models.py", "email", "mail")
    command.upgrade(opened.config, "head")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM users WHERE id = 1"))
    assert opened.snapshot() != before

    opened.reset()

    assert opened.snapshot() == before
    assert [path.name for path in opened.versions.iterdir()] == ["0001_create_users.py"]
    assert (opened.folder / "models.py").read_bytes() == (PROJECT / "models.py").read_bytes()
    assert len(users(opened)) == 2
    with engine.connect() as connection:  # one that the notebook made before the reset goes on working
        assert connection.scalar(text("SELECT count(*) FROM users")) == 2


def test_a_rehearsal_goes_there_and_back_on_a_copy_and_the_lesson_stays_as_it_is(
    either_sqlite: str, scratch_db: Path
) -> None:
    opened = open_lesson(NAME)
    there, back = 'op.add_column("users", sa.Column("a", sa.Integer()))', 'op.drop_column("users", "a")'
    (opened.versions / "0002_it.py").write_text(migration("0002", "0001", there, back), encoding="utf-8")
    before, content = opened.snapshot(), opened.database.read_bytes()
    report = opened.rehearse(back=True)
    after = report.after("upgrade")
    assert report.before == report.after("downgrade") == before
    assert after is not None
    assert [column.name for column in after.tables["users"].columns][3:] == ["a"]
    assert opened.database.read_bytes() == content


def test_opening_again_in_the_same_kernel_takes_the_place_of_the_first(scratch_db: Path) -> None:
    first = open_lesson(NAME)
    with first.engine.begin() as connection:
        connection.execute(text("DELETE FROM users"))
    second = open_lesson(NAME)
    assert len(users(second)) == 2
    assert Lesson._open == {second.folder: second}
    with pytest.raises(ScratchError, match="run the cell that opens it"):
        first.reset()
    first.close()  # it isn't the holder any more, so it can't give the lock away
    assert Lesson._open == {second.folder: second}
    second.reset()


def test_a_lesson_that_was_closed_is_not_reset_under_another_kernel(scratch_db: Path) -> None:
    opened = open_lesson(NAME)
    opened.close()
    (opened.folder / "models.py").write_text("# the other kernel's", "utf-8")
    with pytest.raises(ScratchError, match="was closed"):
        opened.reset()
    assert (opened.folder / "models.py").read_text("utf-8") == "# the other kernel's"


def test_a_view_lets_go_of_the_file_while_the_folder_is_replaced_also_after_reopening(scratch_db: Path) -> None:
    seen: list[str] = []

    @contextmanager
    def pause() -> Iterator[None]:
        seen.append("released")
        yield
        seen.append("back" if (scratch_db / NAME / MARKER).is_file() else "too early")

    first = open_lesson(NAME)
    forget = first.on_replace(pause)
    first.reset()
    assert seen == ["released", "back"]
    second = open_lesson(NAME)
    assert seen == ["released", "back"] * 2
    forget()
    second.reset()
    assert seen == ["released", "back"] * 2


def test_a_failed_build_leaves_the_old_folder_and_nothing_beside_it(scratch_db: Path, tmp_path: Path) -> None:
    opened = open_lesson(NAME)
    broken = tmp_path / "broken.py"
    broken.write_text(migration("0002", "0001", "raise RuntimeError('broken')"), "utf-8")
    with pytest.raises(RuntimeError, match="broken"):
        open_lesson(NAME, Stage((*SEEDED.files, ("migrations/versions/0002.py", broken)), "0002"))
    assert sorted(path.name for path in scratch_db.iterdir()) == [".locks", NAME]
    assert opened.snapshot().tables["users"].row_count == 2
    assert len(users(open_lesson(NAME))) == 2


# --- what isn't the course's own


@pytest.mark.parametrize("content", ["folder", "file"])
def test_what_the_course_did_not_make_is_refused_and_left_alone(scratch_db: Path, content: str) -> None:
    scratch_db.mkdir()
    mine = scratch_db / NAME
    if content == "folder":
        mine.mkdir()
        (mine / "thesis.txt").write_text("years of work", "utf-8")
    else:
        mine.write_text("years of work", "utf-8")
    with pytest.raises(ScratchError, match=rf"no {MARKER}.*move it away") as caught:
        open_lesson(NAME)
    assert "\n" not in str(caught.value)
    assert ((mine / "thesis.txt") if content == "folder" else mine).read_text("utf-8") == "years of work"
    assert reset_all() == []
    assert mine.exists()
    assert Lesson._open == {}
    open_lesson(NAME, folder=f"{NAME}_2")


def test_reset_all_deletes_what_was_made_and_what_a_kill_left_but_nothing_open_or_kept(scratch_db: Path) -> None:
    rewrite(open_lesson("01_a").folder / "models.py", "email", "mail")
    open_lesson("01_a").close()
    still_open = open_lesson("02_b")
    for leftover in (".new-02_b-99999999", ".new-03_c-99999999", ".old-04_d-99999999"):
        (scratch_db / leftover).mkdir()
    (scratch_db / ".old-04_d-99999999" / MARKER).write_text("{}", "utf-8")
    assert reset_all() == ["01_a", "04_d"]
    # What belongs to an open lesson may be its folder in the making.
    assert {path.name for path in scratch_db.iterdir()} == {".locks", "kept", "02_b", ".new-02_b-99999999"}
    still_open.reset()
    assert not (scratch_db / ".new-02_b-99999999").exists()


# --- the lock


def test_a_lesson_open_in_another_process_is_refused_with_its_name_and_a_way_on(scratch_db: Path) -> None:
    with process(scratch_db, HOLD) as other:
        untouched = (scratch_db / NAME / "app.db").stat()
        with pytest.raises(InUseError) as caught:
            open_lesson(NAME)
        words = str(caught.value)
        assert f"process {other.pid}" in words
        assert f"open_lesson('{NAME}', ..., folder='{NAME}_2')" in words
        assert "\n" not in words
        assert (scratch_db / NAME / "app.db").stat() == untouched
        assert reset_all() == []

        second = open_lesson(NAME, folder=f"{NAME}_2")
        assert len(users(second)) == 2

        with (
            process(scratch_db, HOLD.replace(f"({NAME!r})", f"({NAME!r}, folder='{NAME}_4')")),
            pytest.raises(InUseError, match=rf"folder='{NAME}_3'"),
        ):
            open_lesson(NAME)


def test_the_second_folder_offered_is_one_that_nobody_has_open(scratch_db: Path) -> None:
    with process(scratch_db, HOLD), process(scratch_db, HOLD.replace(f"({NAME!r})", f"({NAME!r}, folder='{NAME}_2')")):
        with pytest.raises(InUseError) as caught:
            open_lesson(NAME)
        assert f"folder='{NAME}_3'" in str(caught.value)
        open_lesson(NAME, folder=f"{NAME}_3")


def test_the_lock_ends_with_a_process_that_is_killed(scratch_db: Path) -> None:
    with process(scratch_db, HOLD) as other:
        with pytest.raises(InUseError):
            open_lesson(NAME)
        other.kill()
        other.wait()
        assert len(users(open_lesson(NAME))) == 2


def test_a_closed_lesson_can_be_opened_by_another_process(scratch_db: Path) -> None:
    opened = open_lesson(NAME)
    opened.close()
    opened.close()
    with process(scratch_db, HOLD) as other:
        assert other.poll() is None


@pytest.mark.parametrize("note", ["", "{", "null", "5", '["x", 1]', '["x", "y", "z"]', "[1, 2, 3, 4]"])
def test_a_damaged_note_of_the_holder_still_says_that_the_lesson_is_open(scratch_db: Path, note: str) -> None:
    with process(scratch_db, HOLD):
        (scratch_db / ".locks" / f"{NAME}.json").write_text(note, "utf-8")
        with pytest.raises(InUseError, match=r"open in another kernel \(another process\)"):
            open_lesson(NAME)


# --- kills


# Forks a child for each line it reads, so that a kill doesn't cost the second that the imports take. The child opens
# the lesson and kills itself before the given step, or goes on resetting until it is killed after some seconds.
FORKS = f"""
    import json, os, signal, sys, time
    from migration_lab.lessons import replace as folder
    from migration_lab.lessons import lesson

    def child(exchange, kill_before):
        steps = 0
        def count(event, arguments):
            nonlocal steps
            if event == "open" or event.startswith(("os.", "shutil.", "sqlite3.")):
                steps += 1
                if steps == kill_before:
                    os.kill(os.getpid(), signal.SIGKILL)
        if not exchange:
            folder._exchange = lambda one, other: False
        if kill_before:
            sys.addaudithook(count)
        opened = lesson.open_lesson({NAME!r})
        while not kill_before:
            opened.reset()
        return steps

    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        read, write = os.pipe()
        process = os.fork()
        if not process:
            try:
                os.write(write, str(child(order["exchange"], order["kill_before"])).encode())
            finally:
                os._exit(0)
        os.close(write)
        if order["seconds"] is not None:
            time.sleep(order["seconds"])
            os.kill(process, signal.SIGKILL)
        with open(read) as end:
            steps = end.read()
        status = os.waitpid(process, 0)[1]
        print(json.dumps([os.WIFSIGNALED(status), steps]), flush=True)
"""
EDITED = "# edited by the learner\n"


def whole(folder: Path) -> bool:
    """Whether the folder is all there: marker, files, and the database at its stage."""
    if not all(
        (folder / name).is_file() for name in (MARKER, "alembic.ini", "models.py", "migrations/env.py", "app.db")
    ):
        return False
    assert json.loads((folder / MARKER).read_text("utf-8"))["revision"] == "0001"
    with closing(sqlite.sqlite_driver().connect(folder / "app.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        return bool(connection.execute("SELECT username FROM users").fetchall() == [("adi",), ("john",)])


def check_after_kill(root: Path, *, exchange: bool, edited: str) -> None:
    """The folder is whole, or where two names can't be exchanged in one step, the old one stands beside it."""
    asides = [path for path in root.glob(f".old-{NAME}-*") if not exchange]
    assert any(whole(folder) for folder in (root / NAME, *asides))
    models = [*root.glob("kept/*/models.py"), *(folder / "models.py" for folder in (root / NAME, *asides))]
    assert any(path.is_file() and path.read_text("utf-8").startswith(edited) for path in models)
    opened = open_lesson(NAME)
    assert whole(opened.folder)
    opened.close()
    kept = [path.read_text("utf-8") for path in root.glob("kept/*/models.py")]
    assert not edited or any(text.startswith(edited) for text in kept)
    assert {path.name for path in root.iterdir()} <= {".locks", "kept", NAME}


def run_child(
    server: subprocess.Popen[str], *, exchange: bool = True, kill_before: int = 0, seconds: float | None = None
) -> int | None:
    """Have a child killed. Returns None, or its number of steps where it ended before that."""
    assert server.stdin is not None
    assert server.stdout is not None
    order = {"exchange": exchange, "kill_before": kill_before, "seconds": seconds}
    print(json.dumps(order), file=server.stdin, flush=True)
    killed, steps = json.loads(server.stdout.readline())
    return None if killed else int(steps)


needs_kill = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")


@needs_kill
def test_a_kill_at_any_moment_of_a_loop_of_resets_leaves_a_whole_folder(scratch_db: Path) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")  # shown where the test fails
    chance = random.Random(seed)
    opened = open_lesson(NAME)
    start = time.perf_counter()
    opened.reset()
    one_reset = time.perf_counter() - start
    opened.close()
    with process(scratch_db, FORKS) as server:
        for _ in range(400 if EVERYTHING else 40):
            assert run_child(server, seconds=3 * one_reset * chance.random()) is None
            check_after_kill(scratch_db, exchange=True, edited="")


@needs_kill
@pytest.mark.parametrize("exchange", [True, False], ids=["one step", "two steps"])
def test_a_kill_before_any_step_of_an_opening_leaves_a_whole_folder_and_the_learners_edits(
    scratch_db: Path, exchange: bool
) -> None:
    with process(scratch_db, FORKS) as server:
        open_lesson(NAME).close()
        steps = run_child(server, exchange=exchange, kill_before=1_000_000)
        assert steps is not None
        assert steps > 50
        for step in range(1, steps, 1 if EVERYTHING else steps // 40):
            # A text of its own each time, or it would be kept already.
            edit = f"{EDITED}# {step}\n"
            models = scratch_db / NAME / "models.py"
            models.write_text(edit + models.read_text("utf-8"), "utf-8")
            assert run_child(server, exchange=exchange, kill_before=step) is None, f"there is no step {step}"
            check_after_kill(scratch_db, exchange=exchange, edited=edit)


@needs_kill
def test_a_kill_before_any_step_of_the_first_opening_leaves_nothing_that_stops_the_next(
    scratch_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with process(scratch_db, FORKS) as server:
        steps = run_child(server, kill_before=1_000_000)
        assert steps is not None
        for step in range(1, steps, 1 if EVERYTHING else steps // 20):
            shutil.rmtree(scratch_db)
            assert run_child(server, kill_before=step) is None, f"there is no step {step}"
            folder = scratch_db / NAME
            assert not folder.exists() or whole(folder)
            opened = open_lesson(NAME)
            assert whole(folder)
            opened.close()
            assert {path.name for path in scratch_db.iterdir()} == {".locks", NAME}


# --- the learner's files


def test_files_that_nobody_changed_are_not_kept(scratch_db: Path) -> None:
    opened = open_lesson(NAME, CREATED)
    opened.reset()
    opened = open_lesson(NAME, EMPTY)  # the files of another stage are none of the learner's
    opened = open_lesson(NAME, SEEDED)
    (opened.folder / "notes.txt").write_text("not a file of the project", "utf-8")
    opened.reset()
    assert not (scratch_db / "kept").exists()


def test_files_that_the_learner_changed_or_added_are_kept(scratch_db: Path) -> None:
    opened = open_lesson(NAME)
    rewrite(opened.folder / "models.py", "email", "größe")
    (opened.versions / "0002_mine.py").write_bytes(b"\xff not even text")
    opened.reset()
    (copy,) = kept_copies(scratch_db)
    assert copy.name.startswith(f"{NAME}_20")
    assert "größe" in (copy / "models.py").read_text("utf-8")
    assert (copy / "migrations" / "versions" / "0002_mine.py").read_bytes() == b"\xff not even text"
    assert (copy / "alembic.ini").is_file()
    assert not (copy / "app.db").exists()


def test_what_every_run_of_a_lesson_writes_is_kept_once_and_pushes_nothing_out(scratch_db: Path) -> None:
    opened = open_lesson(NAME)
    (opened.folder / "models.py").write_text("# the learner's", "utf-8")
    for _ in range(KEPT_COPIES + 2):
        opened.reset()
        (opened.folder / "models.py").write_text("# the lesson's", "utf-8")
    opened.reset()
    assert sorted((copy / "models.py").read_text("utf-8") for copy in kept_copies(scratch_db)) == [
        "# the learner's",
        "# the lesson's",
    ]


def test_three_copies_are_kept_the_newest_ones_also_within_one_second(scratch_db: Path) -> None:
    opened = open_lesson(NAME)
    for number in range(KEPT_COPIES + 2):
        (opened.folder / "models.py").write_text(f"# {number}", "utf-8")
        opened.reset()
    copies = kept_copies(scratch_db)
    assert sorted((copy / "models.py").read_text("utf-8") for copy in copies) == ["# 2", "# 3", "# 4"]


def test_a_second_folders_copies_and_other_things_in_kept_are_left_alone(scratch_db: Path) -> None:
    others = [scratch_db / "kept" / name for name in (f"{NAME}_2_20200101_000000", f"{NAME}_notes", "mine")]
    for other in others:
        other.mkdir(parents=True)
    opened = open_lesson(NAME)
    for number in range(KEPT_COPIES + 1):
        (opened.folder / "models.py").write_text(f"# {number}", "utf-8")
        opened.reset()
    assert all(other.is_dir() for other in others)
    assert len(kept_copies(scratch_db)) == KEPT_COPIES + len(others)


# --- an edit is seen at once


def test_an_edit_of_the_models_is_seen_at_once(scratch_db: Path) -> None:
    opened = open_lesson(NAME)
    models = opened.models
    assert set(models.User.__table__.columns.keys()) == {"id", "username", "email"}
    assert opened.models is models  # the same classes, as long as nothing changed
    rewrite(opened.folder / "models.py", "email:", "mail_:")  # the same size, within the same second
    assert set(opened.models.User.__table__.columns.keys()) == {"id", "username", "mail_"}
    assert set(models.User.__table__.columns.keys()) == {"id", "username", "email"}


def test_a_mistake_in_the_models_is_raised_and_its_correction_seen(scratch_db: Path) -> None:
    opened = open_lesson(NAME)
    rewrite(opened.folder / "models.py", "class User(Base):", "class User(Base)")
    with pytest.raises(SyntaxError) as caught:
        _ = opened.models
    assert caught.value.filename == str(opened.folder / "models.py")
    rewrite(opened.folder / "models.py", "class User(Base)", "class User(Base):")
    assert opened.models.User.__tablename__ == "users"


def test_models_with_relationships_and_postponed_annotations_work(scratch_db: Path) -> None:
    opened = open_lesson(NAME)
    (opened.folder / "models.py").write_text(
        textwrap.dedent("""
        from __future__ import annotations
        from sqlalchemy import ForeignKey
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

        class Base(DeclarativeBase):
            pass

        class User(Base):
            __tablename__ = "users"
            id: Mapped[int] = mapped_column(primary_key=True)
            notes: Mapped[list[Note]] = relationship(back_populates="user")

        class Note(Base):
            __tablename__ = "notes"
            id: Mapped[int] = mapped_column(primary_key=True)
            user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
            user: Mapped[User] = relationship(back_populates="notes")
        """),
        "utf-8",
    )
    models = opened.models
    assert models.User(notes=[models.Note()]).notes[0].user.notes


@pytest.mark.parametrize("column", ["first", "other"])
def test_a_migration_edited_again_within_a_second_at_the_same_size_is_not_stale(scratch_db: Path, column: str) -> None:
    opened = open_lesson(NAME)
    path = opened.versions / "0002_x.py"
    path.write_text(migration("0002", "0001", "op.add_column('users', sa.Column('wrong', sa.Integer))"), "utf-8")
    stamp = path.stat().st_mtime_ns
    command.history(opened.config)  # it has been read once
    rewrite(path, "wrong", column)
    os.utime(path, ns=(stamp, stamp))
    command.upgrade(opened.config, "head")
    assert opened.snapshot().tables["users"].columns[-1].name == column


def test_autogenerate_sees_the_models_as_they_are_now(scratch_db: Path) -> None:
    opened = open_lesson(NAME)
    path = opened.folder / "models.py"
    for revision, column in (("0002", "aaaa"), ("0003", "bbbb")):
        stamp = path.stat().st_mtime_ns
        path.write_text(path.read_text("utf-8") + f"    {column}: Mapped[int | None]\n", "utf-8")
        if column == "bbbb":
            os.utime(path, ns=(stamp, stamp))
        command.revision(opened.config, column, autogenerate=True, rev_id=revision)
        command.upgrade(opened.config, "head")
    assert [column.name for column in opened.snapshot().tables["users"].columns][3:] == ["aaaa", "bbbb"]


def test_each_of_two_open_lessons_has_its_own_models(scratch_db: Path) -> None:
    one, two = open_lesson("01_a"), open_lesson("02_b")
    for opened, column in ((one, "ones"), (two, "twos"), (one, "more")):
        path = opened.folder / "models.py"
        path.write_text(path.read_text("utf-8") + f"    {column}: Mapped[int | None]\n", "utf-8")
        command.revision(opened.config, column, autogenerate=True, rev_id=column)
        command.upgrade(opened.config, "head")
        assert hasattr(opened.models.User, column)
    assert [column.name for column in one.snapshot().tables["users"].columns][3:] == ["ones", "more"]
    assert [column.name for column in two.snapshot().tables["users"].columns][3:] == ["twos"]


# --- the notebook's own Python


def test_opening_leaves_no_trace_in_the_imports(scratch_db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = type(sys)("models")
    monkeypatch.setitem(sys.modules, "models", mine)
    path, modules, folder = list(sys.path), set(sys.modules), Path.cwd()
    opened = open_lesson(NAME)
    opened.reset()
    assert opened.models is not mine
    assert sys.path == path
    assert {name for name in set(sys.modules) - modules if not name.startswith(("alembic", "sqlalchemy"))} == set()
    assert sys.modules["models"] is mine
    assert Path.cwd() == folder
    assert list(opened.folder.rglob("__pycache__")) == []


def test_the_notebooks_loggers_and_handlers_survive_a_migration(scratch_db: Path) -> None:
    opened = open_lesson(NAME)
    root, mine = logging.getLogger(), logging.getLogger("the.notebook")
    handler = logging.StreamHandler(io.StringIO())
    mine.addHandler(handler)
    mine.setLevel(logging.DEBUG)
    before = (list(root.handlers), root.level, logging.getLogger("alembic").level)
    try:
        command.downgrade(opened.config, "base")
        command.upgrade(opened.config, "head")
        mine.debug("still here")
        assert "still here" in handler.stream.getvalue()
        assert not mine.disabled
        assert (list(root.handlers), root.level, logging.getLogger("alembic").level) == before
    finally:
        mine.removeHandler(handler)


def test_a_command_prints_to_what_stdout_is_at_that_moment(scratch_db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_lesson(NAME)
    config = opened.config
    printed = []
    for run in (command.history, command.current, command.heads):
        out = io.StringIO()
        monkeypatch.setattr(sys, "stdout", out)
        run(config)
        printed.append(out.getvalue())
    assert "<base> -> 0001 (head), create users" in printed[0]
    assert [text.strip() for text in printed[1:]] == ["0001 (head)"] * 2


def test_opening_prints_nothing(scratch_db: Path, capfd: pytest.CaptureFixture[str]) -> None:
    open_lesson(NAME).reset()
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_the_engine_holds_no_connection_between_two_uses(scratch_db: Path) -> None:
    opened = open_lesson(NAME)
    with opened.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        assert open_files(opened.database) or not Path("/proc/self/fd").is_dir()
    assert open_files(opened.database) == []


def open_files(path: Path) -> list[str]:
    found = []
    descriptors = Path("/proc/self/fd")
    for descriptor in descriptors.iterdir() if descriptors.is_dir() else ():
        with contextlib.suppress(OSError):
            if descriptor.readlink() == path:
                found.append(descriptor.name)
    return found
