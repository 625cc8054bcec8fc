"""A rehearsal runs real migrations on a copy, tells how far it got, and reaches no other database."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from migration_lab.engines import default_engine
from migration_lab.engines.sqlite import VARIABLE
from migration_lab.lessons import SEEDED, build_project
from migration_lab.rehearsal import Plan, Rehearsals, Report, copy_project

DRIVERS = ["sqlite3", pytest.param("pysqlite3", marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux only"))]
ADD = 'op.add_column("users", sa.Column("{}", sa.Integer(), nullable=True))'
DROP = 'op.drop_column("users", "{}")'


@pytest.fixture(scope="module")
def rehearsals() -> Iterator[Rehearsals]:
    """One process for all."""
    with Rehearsals() as running:
        yield running


@pytest.fixture(params=DRIVERS)
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Somebody's project, with two rows, on either SQLite."""
    monkeypatch.setenv(VARIABLE, request.param)
    build_project(tmp_path / "source", SEEDED)
    return tmp_path / "source"


def write_revision(project: Path, number: int, upgrade: str, downgrade: str = "pass") -> None:
    body = "def {}() -> None:\n{}\n"
    (project / "migrations" / "versions" / f"{number:04}_it.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f'revision = "{number:04}"\ndown_revision = "{number - 1:04}"\n'
        + body.format("upgrade", textwrap.indent(upgrade, "    "))
        + body.format("downgrade", textwrap.indent(downgrade, "    ")),
        encoding="utf-8",
    )


def plan_for(source: Path, **options: object) -> Plan:
    """A plan for a copy of the project beside it, as it is now."""
    copy = source.with_name("copy")
    engine = default_engine()
    copy_project(source, copy)
    engine.copy(engine.url(source), engine.url(copy))
    return Plan(copy, engine, engine.url(copy), "0001", **options)  # type: ignore[arg-type]


def told(report: Report) -> list[tuple[str, str]]:
    return [(step.action, step.revision) for step in report.steps]


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_each_revision_is_told_by_itself_with_its_statements_its_time_and_the_database_after_it(
    source: Path, rehearsals: Rehearsals, tmp_path: Path
) -> None:
    write_revision(source, 2, ADD.format("a"), DROP.format("a"))
    write_revision(source, 3, ADD.format("b"), DROP.format("b"))
    original = digest(source / "app.db")
    kept = tmp_path / "kept.db"
    report = rehearsals.run(plan_for(source, back=True, again=True, kept=default_engine().file_url(kept)))
    assert told(report) == [
        *(("upgrade", "0002"), ("upgrade", "0003"), ("downgrade", "0003"), ("downgrade", "0002")),
        *(("again", "0002"), ("again", "0003")),
    ]
    columns = []
    for step in report.steps:
        assert step.done
        assert step.failure is None
        assert step.seconds > 0
        assert step.after is not None
        columns.append([column.name for column in step.after.tables["users"].columns][3:])
    assert columns == [["a"], ["a", "b"], ["a"], [], ["a"], ["a", "b"]]
    sent = [statement.sql for statement in report.statements if statement.kind == "schema"]
    assert sent == ["ALTER TABLE users ADD COLUMN a INTEGER", "ALTER TABLE users ADD COLUMN b INTEGER"]
    assert report.before is not None
    assert report.before.versions == ("0001",)
    assert report.done
    assert (report.refused, report.stopped) == ("", "")
    with closing(sqlite3.connect(kept)) as connection:
        assert [row[1] for row in connection.execute("PRAGMA table_info(users)")][3:] == ["a", "b"]
    assert digest(source / "app.db") == original


def test_a_failure_in_the_middle_tells_what_went_through_and_what_is_left(source: Path, rehearsals: Rehearsals) -> None:
    write_revision(source, 2, ADD.format("a"), DROP.format("a"))
    write_revision(source, 3, f"{ADD.format('b')}\nraise RuntimeError('half-way')")
    report = rehearsals.run(plan_for(source, retry=True))
    assert told(report) == [("upgrade", "0002"), ("upgrade", "0003")]
    failure, good, after = report.failure("upgrade"), report.good(), report.after("upgrade")
    assert failure is not None
    assert failure.words == "half-way"
    assert good is not None
    assert after is not None
    assert [column.name for column in good.tables["users"].columns][3:] == ["a"]
    assert after.versions == ("0002",)
    assert report.done


def test_what_failed_without_a_step_forward_is_tried_again_where_asked_for(
    source: Path, rehearsals: Rehearsals
) -> None:
    write_revision(source, 2, f"{ADD.format('a')}\nraise RuntimeError('half-way')")
    report = rehearsals.run(plan_for(source, retry=True, back=True))
    assert told(report) == [("upgrade", "0002"), ("retry", "0002")]
    failure = report.failure("retry")
    assert failure is not None
    assert failure.words == "duplicate column name: a"


def test_what_an_application_writes_meanwhile_is_there_on_the_way_back(source: Path, rehearsals: Rehearsals) -> None:
    write_revision(source, 2, ADD.format("a"), DROP.format("a"))
    report = rehearsals.run(plan_for(source, written=("UPDATE users SET a = 7 WHERE id = 1",), back=True))
    written = report.after("write")
    assert written is not None
    assert [row.cells[-1].text for row in written.tables["users"].page.rows] == ["7", "NULL"]
    assert told(report) == [("upgrade", "0002"), ("write", ""), ("downgrade", "0002")]


def test_two_heads_and_a_file_that_does_not_parse_fail_in_alembics_and_pythons_own_words(
    source: Path, rehearsals: Rehearsals, tmp_path: Path
) -> None:
    write_revision(source, 2, "pass")
    other = source / "migrations" / "versions" / "other.py"
    other.write_text('revision = "000x"\ndown_revision = "0001"\ndef upgrade(): pass\ndef downgrade(): pass\n')
    failure = rehearsals.run(plan_for(source)).failure("upgrade")
    assert failure is not None
    assert "Multiple head revisions" in failure.words
    other.write_text("def upgrade(:\n")
    (tmp_path / "copy").rename(tmp_path / "first")
    failure = rehearsals.run(plan_for(source)).failure("upgrade")
    assert failure is not None
    assert failure.type == "SyntaxError"


def test_a_limit_stops_what_does_not_come_back_and_the_next_plan_gets_a_process_of_its_own(source: Path) -> None:
    write_revision(source, 2, ADD.format("a"))
    write_revision(source, 3, "while True: pass")
    with Rehearsals() as running:
        plan = plan_for(source)
        report = running.run(plan, 6)
        assert (report.stopped, report.done) == ("time", False)
        assert told(report) == [("upgrade", "0002"), ("upgrade", "0003")]
        assert [step.done for step in report.steps] == [True, False]
        write_revision(plan.project, 3, "import os; os._exit(7)")
        report = running.run(plan)
        assert report.stopped == "it ended by itself with exit code 7"
        write_revision(plan.project, 3, "pass")
        assert running.run(plan).done


def test_nothing_that_a_project_prints_reads_or_imports_reaches_the_next(source: Path, rehearsals: Rehearsals) -> None:
    (source / "helper.py").write_text("VALUE = 1\n", encoding="utf-8")
    write_revision(source, 2, "import sys, helper\nprint('x' * 100_000)\nassert sys.stdin.read() == ''")
    assert rehearsals.run(plan_for(source)).failure("upgrade") is None
    source.with_name("copy").rename(source.with_name("first"))
    (source / "helper.py").write_text("VALUE = 2\n", encoding="utf-8")
    write_revision(source, 2, "import helper\nassert helper.VALUE == 2")
    assert rehearsals.run(plan_for(source)).failure("upgrade") is None


ELSEWHERE = {
    "an absolute path in alembic.ini": "connects to",
    "an env.py with a URL of its own": "connects to",
    "a URL from the environment": "connects to",
    "an env.py that connects twice": "connects to",
    "a connection of the migration's own": "connects to",
    "a creator": "connects to",
    "a URI": "connects to",
    "an ATTACH": "attaches",
    "an ATTACH whose name is a parameter": "attaches",
    "VACUUM INTO": "attaches",
    "another server": "connects to",
}


def escape(way: str, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the project reach for its own original in one of these ways."""
    original, scheme = source / "app.db", default_engine().scheme
    env = source / "migrations" / "env.py"
    text = env.read_text(encoding="utf-8")
    ini = source / "alembic.ini"
    connect = "engine = engine_from_config(config.get_section(config.config_ini_section, {}), poolclass=pool.NullPool)"
    assert connect in text
    url = f"{scheme}:///{original}"
    driver = "sqlite3" if scheme == "sqlite" else "pysqlite3"
    if way == "an absolute path in alembic.ini":
        ini.write_text(ini.read_text(encoding="utf-8").replace("%(here)s/app.db", str(original)), encoding="utf-8")
    elif way == "an env.py with a URL of its own":
        text = text.replace(connect, f"import sqlalchemy as sa\n    engine = sa.create_engine({url!r})")
    elif way == "a URL from the environment":
        monkeypatch.setenv("APPLICATION_DATABASE", url)
        opened = 'sa.create_engine(os.environ["APPLICATION_DATABASE"])'
        text = text.replace(connect, f"import os\n    import sqlalchemy as sa\n    engine = {opened}")
    elif way == "an env.py that connects twice":
        second = f"sa.create_engine({url!r}).connect().execute(sa.text('DELETE FROM users'))"
        text = text.replace(connect, f"{connect}\n    import sqlalchemy as sa\n    {second}")
    elif way == "another server":
        opened = "sa.create_engine('mysql+pymysql://root@127.0.0.1:1/production')"
        text = text.replace(connect, f"import sqlalchemy as sa\n    engine = {opened}")
    else:
        statement = {
            "a connection of the migration's own": f"import {driver}\n{driver}.connect({str(original)!r})",
            "a creator": (
                f"import {driver}\n"
                f"made = sa.create_engine('sqlite://', creator=lambda: {driver}.Connection({str(original)!r}))\n"
                "made.connect().exec_driver_sql('DELETE FROM users')"
            ),
            "a URI": f"import {driver}\n{driver}.connect('file:{original}?mode=rw', uri=True)",
            "an ATTACH": f"op.execute(\"ATTACH '{original}' AS original\")\nop.execute('DELETE FROM original.users')",
            "an ATTACH whose name is a parameter": (
                f"op.get_bind().exec_driver_sql('ATTACH ? AS original', ({str(original)!r},))"
            ),
            "VACUUM INTO": f"op.get_bind().exec_driver_sql(\"VACUUM INTO '{original}'\")",
        }[way]
        write_revision(source, 3, statement)
    env.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("way", ELSEWHERE)
def test_whatever_reaches_for_another_database_is_refused_in_one_line_before_its_first_statement(
    way: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_revision(source, 2, ADD.format("a"))
    escape(way, source, monkeypatch)
    original = digest(source / "app.db")
    with Rehearsals() as running:
        report = running.run(plan_for(source))
    assert report.refused.startswith(f"it {ELSEWHERE[way]} ")
    assert report.refused.endswith("which is not the copy")
    assert "\n" not in report.refused
    if "server" not in way and "parameter" not in way:
        assert str(source / "app.db") in report.refused
    assert report.failure("upgrade") is not None
    assert digest(source / "app.db") == original
    assert not list(source.glob("app.db-*"))


def test_the_copy_by_another_name_and_a_database_in_memory_are_no_escape(source: Path, rehearsals: Rehearsals) -> None:
    driver = default_engine().driver
    write_revision(
        source,
        2,
        f"import os, {driver}\nos.link('app.db', 'same.db')\n{driver}.connect('same.db').close()\n"
        f"{driver}.connect(':memory:').close()\n{driver}.connect('file::memory:', uri=True).close()\n"
        "op.execute(\"ATTACH ':memory:' AS m\")",
    )
    report = rehearsals.run(plan_for(source))
    assert report.refused == ""
    assert report.failure("upgrade") is None


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX's")
def test_the_child_ends_with_a_parent_that_was_killed_in_the_middle_of_a_migration(tmp_path: Path) -> None:
    build_project(tmp_path / "source", SEEDED)
    note = tmp_path / "process"
    write_revision(
        tmp_path / "source",
        2,
        f"import os, pathlib\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))\nwhile True: pass",
    )
    plan = plan_for(tmp_path / "source")
    code = (
        "import sys; from pathlib import Path; from migration_lab.engines import default_engine\n"
        "from migration_lab.rehearsal import Plan, Rehearsals\n"
        "project, engine = Path(sys.argv[1]), default_engine()\n"
        "Rehearsals().run(Plan(project, engine, engine.url(project), '0001'))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(plan.project)])
    try:
        deadline = time.monotonic() + 60
        while not note.exists() or not note.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        child = int(note.read_text())
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
