"""``migration-lab rehearse`` finds what somebody's own migration breaks, and never touches what it was given."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from engines.own_projects import ADD, DROP, all_files, database, init, revision

from migration_lab.__main__ import main
from migration_lab.rehearsal import RULES, RehearsalError, RehearsalReport, as_json, as_text, rehearse
from migration_lab.rehearsal.workplace import rehearsals_folder
from migration_lab.views import show_rehearsal

PAGE = (Path(__file__).resolve().parents[2] / "site" / "pages" / "rehearse.md").read_text(encoding="utf-8")
KILLS = 20 if os.environ.get("MIGRATION_LAB_TEST_ALL") else 5
ADD_BIO = "ALTER TABLE users ADD COLUMN bio VARCHAR(20) DEFAULT '-' NOT NULL;"
TIGHTEN = """
with op.batch_alter_table("users") as batch:
    batch.alter_column("is_active", existing_type=sa.Boolean(), nullable={})
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files of the test's own, in which nothing may be left."""
    folder = tmp_path_factory.mktemp("t")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody's project, at 0001, with rows; it is the working folder."""
    folder = tmp_path / "own"
    init(folder)
    database(folder / "app.db")
    monkeypatch.chdir(folder)
    return folder


def found(report: RehearsalReport) -> set[tuple[str, str, str]]:
    return {(one.rule, one.table, one.name) for one in report.findings if one.severity != "notice"}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The command's status, what it printed, and what it complained of."""
    status = main(["rehearse", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.mark.parametrize("template", ["generic", "pyproject"])
def test_a_project_made_by_alembic_init_goes_up_down_and_up_again_and_nothing_of_it_changes(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "own"
    init(folder, template)
    database(folder / "app.db")
    revision(folder, 2, ADD, DROP)
    revision(folder, 3, 'op.create_index("ix_users_name", "users", ["name"])', 'op.drop_index("ix_users_name")')
    monkeypatch.chdir(folder)
    before = all_files(folder)
    status, printed, complaint = run(capsys, *(["--config", "pyproject.toml"] if template == "pyproject" else []))
    assert (status, complaint) == (0, "")
    assert "0001 -> 0003: nothing found" in printed.splitlines()[0]
    for step in ("upgrade   0002", "upgrade   0003", "downgrade 0003", "downgrade 0002", "again     0002"):
        assert step in printed
    assert all_files(folder) == before


def test_what_a_rebuild_takes_along_is_found_each_with_the_line_of_the_batch(project: Path) -> None:
    database(
        project / "app.db",
        """CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(50) UNIQUE COLLATE NOCASE,
            age INTEGER CHECK (age > 0), boss INTEGER REFERENCES users (id) ON DELETE SET NULL, note VARCHAR(9));
        CREATE TABLE log (what TEXT);
        CREATE TRIGGER told AFTER DELETE ON people BEGIN INSERT INTO log VALUES ('gone'); END;
        CREATE INDEX ix_lower ON people (lower(note));
        INSERT INTO people (name, age) VALUES ('adi', 1);""",
    )
    batch = 'with op.batch_alter_table("people") as b:\n    b.alter_column("note", type_=sa.String(20))'
    revision(project, 2, batch, batch.replace("20", "9"))
    report = rehearse(Path("alembic.ini"))
    assert found(report) == {
        ("trigger-lost", "people", "told"),
        ("unique-lost", "people", "(name)"),
        ("check-lost", "people", "age > 0"),
        ("collation-lost", "people", "name"),
        ("autoincrement-lost", "people", "AUTOINCREMENT"),
        ("foreign-key-weakened", "people", "(boss) -> users (id)"),
        ("index-lost", "people", "ix_lower"),
    }
    for finding in report.findings:
        assert str(finding.place) == "migrations/versions/0002_it.py:6"
        assert finding.revision == "0002"
        assert finding.remedy


def test_children_that_go_with_a_rebuilt_parent_are_counted_and_named(project: Path) -> None:
    revision(
        project,
        2,
        "op.execute('PRAGMA foreign_keys=ON')\n"
        "op.execute('UPDATE users SET is_active = 1 WHERE is_active IS NULL')" + TIGHTEN.format("False"),
        TIGHTEN.format("True"),
    )
    report = rehearse(Path("alembic.ini"))
    (lost,) = [one for one in report.findings if one.rule == "rows-lost-by-cascade"]
    assert (lost.table, lost.count, lost.samples) == ("orders", 2, ("1", "2"))
    assert "went with users (ON DELETE CASCADE)" in lost.meaning


def test_the_harmless_twin_with_foreign_keys_off_has_no_finding(project: Path) -> None:
    fill = "op.execute('UPDATE users SET is_active = 1 WHERE is_active IS NULL')"
    revision(project, 2, fill + TIGHTEN.format("False"), TIGHTEN.format("True"))
    report = rehearse(Path("alembic.ini"))
    assert found(report) == set()
    (told,) = report.notices
    assert (told.rule, told.table, told.name) == ("values-not-restored", "users", "is_active")
    assert told.samples == ("2: NULL -> 1", "3: NULL -> 1")


def test_nulls_that_a_not_null_meets_explain_the_failure_and_what_it_leaves_is_told(project: Path) -> None:
    revision(project, 2, ADD + TIGHTEN.format("False"), "pass")
    report = rehearse(Path("alembic.ini"))
    assert {rule for rule, _, _ in found(report)} == {
        *("nulls-meet-not-null", "upgrade-fails", "half-migration-left", "retry-fails")
    }
    nulls = next(one for one in report.findings if one.rule == "nulls-meet-not-null")
    assert (nulls.table, nulls.name, nulls.count, nulls.samples) == ("users", "is_active", 2, ("2", "3"))
    assert nulls.place is not None
    assert nulls.place.line == 8
    step = report.steps[0]
    assert step.failure is not None
    assert any("bio appeared" in line for line in step.left)
    assert [one.action for one in report.steps] == ["upgrade", "retry"]
    assert report.to == ("0001",)
    assert report.exit_status == 1


def test_what_waits_behind_the_operation_that_fails_is_told_too_and_so_are_children_that_would_go(
    project: Path,
) -> None:
    database(project / "app.db", "INSERT INTO users VALUES (4, NULL, 1), (5, 'adi', 1)")
    revision(project, 2, "op.execute('PRAGMA foreign_keys=ON')" + TIGHTEN.format("False") + TIGHTEN.format("True"))
    batch = 'with op.batch_alter_table("users") as b:\n    b.alter_column("name", nullable=False)'
    revision(project, 3, f'{batch}\nop.create_index("ix", "users", ["name"], unique=True)')
    # What a step before it takes away isn't met.
    fill = "op.execute('UPDATE orders SET user_id = 1 WHERE user_id IS NULL')"
    database(project / "app.db", "INSERT INTO orders VALUES (3, NULL)")
    revision(project, 4, f"{fill}\n{batch}".replace('"users"', '"orders"').replace('"name"', '"user_id"'))
    told = {(one.rule, one.table, one.name, one.revision): one for one in rehearse(Path("alembic.ini")).findings}
    assert {key for key in told if key[0] not in ("upgrade-fails", "retry-fails", "half-migration-left")} == {
        ("rows-lost-by-cascade", "orders", "", "0002"),
        ("nulls-meet-not-null", "users", "is_active", "0002"),
        ("nulls-meet-not-null", "users", "name", "0003"),
        ("duplicates-meet-unique", "users", "name", "0003"),
    }
    later = told["duplicates-meet-unique", "users", "name", "0003"]
    assert later.samples == ("adi (2 times)",)
    assert later.meaning.endswith("The upgrade would come to it next.")
    assert "2 rows of orders go with users" in told["rows-lost-by-cascade", "orders", "", "0002"].meaning


def test_a_loop_over_the_rows_is_one_statement_for_the_report_however_often_it_is_sent(project: Path) -> None:
    loop = (
        "for key in range(100):\n"
        "    op.get_bind().execute(sa.text('UPDATE users SET name = name WHERE id = :key'), {'key': key})"
    )
    revision(project, 2, loop)
    (up, *_) = rehearse(Path("alembic.ini")).steps
    (sent,) = [one for one in up.statements if one.sql.startswith("UPDATE users")]
    assert (sent.times, sent.rows, sent.parameters) == (100, 3, None)


def test_branches_and_their_merge_are_taken_one_revision_at_a_time(project: Path) -> None:
    revision(project, 2, ADD, DROP)
    revision(project, 3, 'op.create_index("ix", "users", ["name"])', 'op.drop_index("ix")', down="0001")
    merge = revision(project, 4, "pass")
    text = merge.read_text(encoding="utf-8")
    merge.write_text(text.replace("down_revision = '0003'", "down_revision = ('0002', '0003')"), encoding="utf-8")
    report = rehearse(Path("alembic.ini"))
    assert found(report) == set()
    assert {step.revision for step in report.steps if step.action == "upgrade"} == {"0002", "0003", "0004"}
    assert {step.revision for step in report.steps if step.action == "again"} == {"0002", "0003", "0004"}
    database(project / "app.db", ADD_BIO + "UPDATE alembic_version SET version_num = '0002'")
    assert [step.revision for step in rehearse(Path("alembic.ini")).steps][:2] == ["0003", "0004"]
    database(project / "app.db", "CREATE INDEX ix ON users (name); INSERT INTO alembic_version VALUES ('0003')")
    report = rehearse(Path("alembic.ini"))
    assert [(step.action, step.revision) for step in report.steps] == [("upgrade", "0004")]
    assert [(one.rule, one.samples) for one in report.notices] == [("way-back-not-tried", ("0002", "0003"))]


def test_what_a_failure_or_the_models_kept_from_being_compared_is_said(project: Path) -> None:
    revision(project, 2, f"{ADD}\nraise RuntimeError('half')", DROP)
    report = rehearse(Path("alembic.ini"))
    assert "rows not compared, since the upgrade failed" in as_text(report)
    assert not json.loads(as_json(report))["compared"]
    revision(project, 2, ADD, DROP)
    env = project / "migrations" / "env.py"
    text = env.read_text(encoding="utf-8")
    env.write_text(text.replace("target_metadata = None", "target_metadata = 'nonsense'"), encoding="utf-8")
    report = rehearse(Path("alembic.ini"))
    assert [one.rule for one in report.findings] == ["check-fails"]
    assert "compared 2 tables with 5 rows" in as_text(report)


def test_rows_that_go_or_come_beside_those_of_the_migrations_own_statements_are_found(project: Path) -> None:
    database(
        project / "app.db",
        "CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT);"
        "CREATE TRIGGER more AFTER DELETE ON users BEGIN DELETE FROM users WHERE id = old.id + 1;"
        "INSERT INTO log (what) VALUES ('gone'); END",
    )
    insert = "op.execute(\"INSERT INTO log (what) VALUES ('mine')\")"
    revision(project, 2, f"op.execute('DELETE FROM users WHERE id = 2')\n{insert}")
    told = {one.rule: one for one in rehearse(Path("alembic.ini")).findings}
    assert "2 rows of users, and 1 were deleted." in told["rows-lost"].meaning
    assert "2 rows in log, and 1 were inserted." in told["rows-appeared"].meaning
    revision(project, 2, f"op.execute('DELETE FROM users WHERE id = 3')\nfor _ in range(3):\n    {insert}")
    database(project / "app.db", "DROP TRIGGER more")
    assert found(rehearse(Path("alembic.ini"))) == set()


def test_the_rehearsals_own_questions_are_no_statements_of_the_migrations(project: Path) -> None:
    revision(project, 2, "op.execute('DELETE FROM users WHERE is_active <> 1')")
    report = rehearse(Path("alembic.ini"))
    assert found(report) == {("nulls-skipped", "users", "")}
    assert not [one.sql for one in report.steps[0].statements if one.kind == "read" and "users" in one.sql]


def test_a_migration_that_reaches_for_the_source_is_stopped_and_told(project: Path) -> None:
    revision(project, 2, "import sqlite3\nsqlite3.connect('app.db').execute('DELETE FROM users')")
    before = all_files(project)
    report = rehearse(Path("alembic.ini"))
    assert found(report) == {("reaches-elsewhere", "", "0002")}
    assert str(project / "app.db") in report.findings[0].meaning
    assert all_files(project) == before


def test_a_downgrade_is_held_against_what_was_there_before(project: Path) -> None:
    revision(project, 2, 'op.create_index("ix", "users", ["name"])\nop.drop_table("orders")', "pass")
    report = rehearse(Path("alembic.ini"))
    assert found(report) == {
        ("downgrade-leaves", "users", "ix"),
        ("downgrade-loses", "orders", "orders"),
        ("again-fails", "", "0002"),
    }
    revision(project, 2, ADD, "raise NotImplementedError('no way back')")
    report = rehearse(Path("alembic.ini"))
    assert found(report) == {("downgrade-fails", "", "0002")}


def test_models_that_differ_and_models_that_are_imported_are_warned_of(project: Path) -> None:
    (project / "shop.py").write_text(
        "import sqlalchemy as sa\nfrom sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n"
        "class Base(DeclarativeBase):\n    pass\n"
        "class User(Base):\n    __tablename__ = 'users'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
        "    name: Mapped[str | None] = mapped_column(sa.String(50))\n    is_active: Mapped[bool | None]\n"
        "    shoe_size: Mapped[int | None]\n"
        "class Order(Base):\n    __tablename__ = 'orders'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
        "    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey('users.id', ondelete='CASCADE'))\n",
        encoding="utf-8",
    )
    env = project / "migrations" / "env.py"
    text = env.read_text(encoding="utf-8")
    text = text.replace("target_metadata = None", "import shop\ntarget_metadata = shop.Base.metadata")
    env.write_text(text, encoding="utf-8")
    add = 'op.add_column("users", sa.Column("shoe_size", sa.Integer()))'
    revision(project, 2, f"from shop import User\n{add}", 'op.drop_column("users", "shoe_size")')
    assert {rule for rule, _, _ in found(rehearse(Path("alembic.ini")))} == {"imports-application"}
    revision(project, 2, ADD, DROP)
    report = rehearse(Path("alembic.ini"))
    assert {rule for rule, _, _ in found(report)} == {"models-differ"}
    assert any("shoe_size" in sample for sample in report.findings[0].samples)


def test_a_database_in_wal_mode_is_copied_with_its_log_which_stays_as_it_is(project: Path) -> None:
    with closing(sqlite3.connect(project / "app.db")) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("INSERT INTO users (name) VALUES ('in the log')")
        writer.commit()
        writer.execute("INSERT INTO users (name) VALUES ('not yet there')")
        revision(project, 2, ADD, DROP)
        before = {name: digest for name, digest in all_files(project).items() if not name.endswith("-shm")}
        assert "app.db-wal" in before
        report = rehearse(Path("alembic.ini"))
        assert report.rows == 4 + 2
        assert {name: digest for name, digest in all_files(project).items() if not name.endswith("-shm")} == before
    before = all_files(project)  # the last to close has taken the log away
    assert "app.db-wal" not in before
    assert rehearse(Path("alembic.ini")).rows == 4 + 2
    assert all_files(project) == before


def test_a_baseline_accepts_what_somebody_looked_at_and_asks_for_the_reason(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    revision(project, 2, 'op.create_index("ix", "users", ["name"])')
    assert run(capsys, "--json")[0] == 1
    entry = {"rule": "downgrade-leaves", "table": "users", "name": "ix", "reason": "it harms nobody"}
    again = {"rule": "again-fails", "revision": "0002", "reason": "follows from it"}
    known = project / "known.json"
    known.write_text(json.dumps({"version": 1, "accepted": [entry, again]}), encoding="utf-8")
    status, printed, _ = run(capsys, "--json", "--baseline", str(known))
    told = json.loads(printed)
    assert (status, told["clean"], len(told["accepted"])) == (0, True, 2)
    for text, words in (
        ("{", "can't be read"),
        ("[]", "is none"),
        ('{"version": 1, "accepted": [{"rule": "nonsense", "reason": "x"}]}', "without a rule"),
        ('{"version": 1, "accepted": [{"rule": "rows-lost"}]}', "without a reason"),
        ('{"version": 1, "accepted": [{"rule": "rows-lost", "reason": "x", "tabel": "y"}]}', "tabel"),
    ):
        known.write_text(text, encoding="utf-8")
        status, _, complaint = run(capsys, "--baseline", str(known))
        assert status == 2
        assert words in complaint


def test_json_and_html_tell_what_the_terminal_tells_and_escape_what_comes_from_a_database(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database(project / "app.db", 'CREATE TRIGGER "<b>&" AFTER DELETE ON users BEGIN SELECT 1; END')
    batch = 'with op.batch_alter_table("users") as b:\n    b.alter_column("name", type_=sa.String({}))'
    revision(project, 2, batch.format(60), batch.format(50))
    page = project / "report.html"
    status, printed, _ = run(capsys, "--html", str(page))
    html = page.read_text(encoding="utf-8")
    assert status == 1
    assert "1 error" in printed
    assert "&lt;b&gt;&amp;" in html
    assert "<b>&" not in html
    report = rehearse(Path("alembic.ini"))
    told = json.loads(as_json(report))
    assert told["version"] == 1
    documented = PAGE.partition("## The JSON")[2].partition("\n## ")[0]
    for part in (told, told["findings"][0], told["steps"][0], told["steps"][0]["statements"][0]):
        assert {name for name in part if f"`{name}`" not in documented} == set()
    steps = html.partition("<h2>Steps</h2>")[2]
    assert "<details><summary>upgrade 0002: " in steps
    assert "CREATE TABLE _alembic_tmp_users" in steps
    assert "CREATE TABLE _alembic_tmp_users" in show_rehearsal(report).body
    assert [one["rule"] for one in told["findings"]] == [one.rule for one in report.findings]
    assert set(told["findings"][0]) == {
        *("rule", "severity", "table", "name", "revision", "file", "line", "meaning", "remedy", "count", "samples")
    }
    text = as_text(report)
    for finding in report.findings:
        assert f"{finding.severity}[{finding.rule}]" in text
    assert 'with op.batch_alter_table("users") as b:' in text


def test_with_a_writer_clients_use_the_touched_table_meanwhile_and_their_longest_wait_is_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    revision(project, 2, f'import time\n{ADD}\nop.execute("UPDATE users SET name = name")\ntime.sleep(0.6)', DROP)
    before = all_files(project)
    page = project.parent / "report.html"
    assert run(capsys, "--writer", "--html", str(page))[0] == 0
    assert 'aria-label="Longest waits: ' in page.read_text(encoding="utf-8")
    report = rehearse(Path("alembic.ini"), writer=True)
    assert report.meanwhile is not None
    assert report.meanwhile.table == "users"
    assert report.meanwhile.outcome.longest_wait > 0.4
    assert [band.name for band in report.meanwhile.outcome.bands] == ["upgrade 0002"]
    assert "requests to users meanwhile, the longest wait" in as_text(report)
    told = json.loads(as_json(report))["meanwhile"]
    assert (told["table"], told["revisions"][0]["name"]) == ("users", "upgrade 0002")
    assert max(told["longest_waits"]) == told["longest_wait"]
    assert '<svg class="timeline' in show_rehearsal(report).body
    assert all_files(project) == before


def test_an_upgrade_that_fails_only_while_clients_use_the_table_is_an_error(project: Path) -> None:
    # It waits for nobody, and the third time is the one with clients.
    turns = project.parent / "turns"
    fail = (
        f"import pathlib, time\nturns = pathlib.Path({str(turns)!r})\nturns.open('a').write('x')\ntime.sleep(0.3)\n"
        "if turns.stat().st_size == 3:\n    raise RuntimeError('somebody else has it')\n"
    )
    revision(project, 2, fail + ADD, DROP)
    report = rehearse(Path("alembic.ini"), writer=True)
    (told,) = report.errors
    assert told.rule == "upgrade-fails"
    assert "While clients use users: RuntimeError: somebody else has it" in told.meaning
    assert report.exit_status == 1


def test_keep_leaves_the_upgraded_copy_and_says_where(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    revision(project, 2, ADD, DROP)
    status, printed, _ = run(capsys, "--json", "--keep")
    assert status == 0
    copy = Path(json.loads(printed)["copy"].removeprefix("sqlite:///"))
    with closing(sqlite3.connect(copy)) as connection:
        assert [row[1] for row in connection.execute("PRAGMA table_info(users)")][-1] == "bio"
    rehearse(Path("alembic.ini"))  # which takes away what was left, but not what was kept
    for file in sorted(copy.parent.iterdir()):
        file.unlink()
    copy.parent.rmdir()
    for file in rehearsals_folder().iterdir():
        file.unlink()
    rehearsals_folder().rmdir()


def no_config(project: Path) -> list[str]:
    return ["--config", "nowhere.ini"]


def a_folder(project: Path) -> list[str]:
    return ["--config", "migrations"]


def no_database(project: Path) -> list[str]:
    return ["--url", "sqlite:///nowhere.db"]


def in_memory(project: Path) -> list[str]:
    return ["--url", "sqlite://"]


def no_url(project: Path) -> list[str]:
    return ["--url", "nonsense"]


def another_engine(project: Path) -> list[str]:
    return ["--url", "oracle://scott@localhost/x"]


def not_a_database(project: Path) -> list[str]:
    (project / "app.db").write_text("words\n" * 1000, encoding="utf-8")
    return []


def encrypted(project: Path) -> list[str]:
    (project / "app.db").write_bytes(random.Random(1).randbytes(8192))
    return []


def damaged(project: Path) -> list[str]:
    database(project / "app.db", "CREATE TABLE big (x); INSERT INTO big VALUES (zeroblob(100000));")
    content = bytearray((project / "app.db").read_bytes())
    content[4096 * 2 : 4096 * 4] = random.Random(1).randbytes(8192)
    (project / "app.db").write_bytes(content)
    return []


def unknown_revision(project: Path) -> list[str]:
    return ["--to", "9999"]


def database_elsewhere_in_history(project: Path) -> list[str]:
    database(project / "app.db", "UPDATE alembic_version SET version_num = 'abcd'")
    return []


def several_heads(project: Path) -> list[str]:
    revision(project, 3, "pass", down="0001")
    return []


def no_migrations(project: Path) -> list[str]:
    for file in (project / "migrations" / "versions").glob("*.py"):
        file.unlink()
    return []


def a_migration_that_does_not_parse(project: Path) -> list[str]:
    (project / "migrations" / "versions" / "0003.py").write_text("def upgrade(:\n", encoding="utf-8")
    return []


def env_raises(project: Path) -> list[str]:
    env = project / "migrations" / "env.py"
    env.write_text("raise RuntimeError('no settings')\n" + env.read_text(encoding="utf-8"), encoding="utf-8")
    return []


def env_exits(project: Path) -> list[str]:
    (project / "migrations" / "env.py").write_text("import os\nos._exit(3)\n", encoding="utf-8")
    return []


def env_elsewhere(project: Path) -> list[str]:
    env = project / "migrations" / "env.py"
    text = env.read_text(encoding="utf-8")
    connect = "    with connectable.connect()"
    assert connect in text
    elsewhere = "    import sqlalchemy\n    connectable = sqlalchemy.create_engine('sqlite:///app.db')\n"
    changed = text.replace(connect, elsewhere + connect)
    env.write_text(changed, encoding="utf-8")
    return []


def several_databases(project: Path) -> list[str]:
    ini = project / "alembic.ini"
    ini.write_text(
        ini.read_text(encoding="utf-8").replace("[alembic]", "[alembic]\ndatabases = one, two", 1), encoding="utf-8"
    )
    return []


def a_migration_that_imports_what_makes_tables(project: Path) -> list[str]:
    (project / "shop.py").write_text(
        "import sqlalchemy as sa\nmetadata = sa.MetaData()\nsa.Table('shops', metadata, sa.Column('id', sa.Integer))\n"
        "metadata.create_all(sa.create_engine('sqlite:///app.db'))\n",
        encoding="utf-8",
    )
    path = revision(project, 2, ADD, DROP)
    path.write_text("import shop\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    return []


def a_migration_that_ends_python(project: Path) -> list[str]:
    path = revision(project, 2, ADD, DROP)
    path.write_text("import os\nos._exit(3)\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    return []


def a_collation_of_the_applications(project: Path) -> list[str]:
    with closing(sqlite3.connect(project / "app.db")) as connection:
        connection.create_collation("own_order", lambda one, other: (one > other) - (one < other))
        connection.execute("CREATE TABLE words (word TEXT COLLATE own_order PRIMARY KEY) WITHOUT ROWID")
        connection.execute("INSERT INTO words VALUES ('b'), ('a')")
        connection.commit()
    return []


def no_folder_for_the_page(project: Path) -> list[str]:
    return ["--html", "nowhere/report.html"]


BAD = {
    no_config: "There is no file nowhere.ini",
    a_folder: "name migrations/alembic.ini",
    no_database: "There is no database",
    in_memory: "in memory",
    no_url: "--url is no URL",
    another_engine: "no oracle",
    not_a_database: "is no SQLite database",
    encrypted: "an encrypted one",
    damaged: "app.db is damaged",
    unknown_revision: "no revision '9999'",
    database_elsewhere_in_history: "The database is at abcd",
    several_heads: "2 heads (0002, 0003)",
    no_migrations: "There are no migrations",
    a_migration_that_does_not_parse: "The migrations can't be read",
    a_migration_that_imports_what_makes_tables: "something connects to",
    a_migration_that_ends_python: "reading them ends Python",
    a_collation_of_the_applications: "no such collation sequence: own_order",
    env_raises: "env.py:1 raises RuntimeError: no settings",
    env_exits: "env.py ended the process",
    env_elsewhere: "env.py was stopped before its first statement, since it connects to",
    several_databases: "several databases (one, two)",
    no_folder_for_the_page: "no folder nowhere",
}


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__name__)
def test_bad_input_gets_one_line_and_status_2_and_leaves_everything_as_it_was(
    bad: object, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(bad)
    revision(project, 2, ADD, DROP)
    arguments = bad(project)
    before = all_files(project)
    status, printed, complaint = run(capsys, *arguments)
    assert (status, printed) == (2, "")
    assert complaint.count("\n") == 1
    assert BAD[bad] in complaint
    assert all_files(project) == before


def test_a_locked_database_and_a_full_disk_are_said_so(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = all_files(project)
    with closing(sqlite3.connect(project / "app.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        status, _, complaint = run(capsys)
    assert status == 2
    assert "app.db is locked" in complaint
    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10_000))
        status, _, complaint = run(capsys)
    assert status == 2
    assert "make room" in complaint

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for name in ("shutil.copyfile", "pathlib.Path.read_bytes"):
        with monkeypatch.context() as patch:
            patch.setattr(name, full)
            (project / "pyproject.toml").touch()
            status, _, complaint = run(capsys)
        (project / "pyproject.toml").unlink()
        assert status == 2
        assert "No space left on device" in complaint
        assert complaint.count("\n") == 1
    assert all_files(project) == before


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "migration_lab", "rehearse", *arguments]


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_in_the_middle_of_a_migration_ends_with_one_line_and_nothing_left(
    number: signal.Signals, project: Path, tmp_path: Path
) -> None:
    note = tmp_path / "running"
    revision(project, 2, f"import pathlib, time\npathlib.Path({str(note)!r}).touch()\ntime.sleep(60)")
    before = all_files(project)
    process = subprocess.Popen(command(), stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not note.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    _, complaint = process.communicate(timeout=30)
    assert process.returncode == 2
    assert complaint.strip() == "Interrupted: the copy is removed, and there is no verdict."
    assert all_files(project) == before


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX's")
def test_killed_at_random_moments_it_leaves_the_source_alone_and_the_next_run_cleans_up(project: Path) -> None:
    database(
        project / "app.db",
        "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
        "INSERT INTO users SELECT i, 'user' || i, 1 FROM n",
    )
    fill = "op.execute('UPDATE users SET is_active = 1 WHERE is_active IS NULL')"
    revision(project, 2, fill + TIGHTEN.format("False"), TIGHTEN.format("True"))
    before = all_files(project)
    started = time.monotonic()
    assert subprocess.run(command(), stdout=subprocess.DEVNULL).returncode == 0
    whole = time.monotonic() - started
    moments = random.Random(16)
    for _ in range(KILLS):
        process = subprocess.Popen(command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.1, 1.0) * whole)
        process.kill()
        process.wait()
        assert all_files(project) == before
    assert subprocess.run(command(), stdout=subprocess.DEVNULL).returncode == 0
    assert all_files(project) == before


def test_every_rule_has_a_name_that_stays_and_a_sentence() -> None:
    for name, rule in RULES.items():
        assert rule.name == name == name.lower()
        assert rule.meaning.endswith(".")


def test_nothing_that_a_migration_imports_comes_into_the_process_that_asks(project: Path) -> None:
    (project / "shop_of_this_project.py").write_text("", encoding="utf-8")
    path = revision(project, 2, ADD, DROP)
    path.write_text("import shop_of_this_project\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    paths = list(sys.path)
    assert rehearse(Path("alembic.ini")).clean
    assert "shop_of_this_project" not in sys.modules
    assert sys.path == paths


def test_the_function_raises_what_the_command_prints(project: Path) -> None:
    with pytest.raises(RehearsalError, match="no revision 'x'"):
        rehearse(Path("alembic.ini"), to="x")


def shown(kind: str) -> dict[str, Any]:
    """The YAML of that kind on the site's page."""
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    (found,) = [block for block in blocks if kind in block]
    return dict(found)


def test_the_job_and_the_hook_that_are_shown_work_on_a_project_of_alembic_init(project: Path) -> None:
    revision(project, 2, ADD, DROP)
    runs = [one["run"] for one in shown("jobs")["jobs"]["rehearse"]["steps"] if "run" in one]
    assert "pip install migration-lab" in runs[0]
    job = runs[-1]
    path = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(job, shell=True, env=path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing found" in done.stdout
    assert "nothing found" in (project / "rehearsal.html").read_text(encoding="utf-8")


def test_the_hook_that_is_shown_lets_a_clean_migration_in_and_keeps_one_with_a_finding_out(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "pre-commit"))
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    (project / ".gitignore").write_text("*.db\n__pycache__\n", encoding="utf-8")
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(shown("repos")), encoding="utf-8")
    for words in (["git", "init", "-q"], [sys.executable, "-m", "pre_commit", "install"], ["git", "add", "."]):
        subprocess.run(words, cwd=project, check=True, capture_output=True)
    commit = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-m", "a migration"]
    revision(project, 2, ADD, DROP)
    subprocess.run(["git", "add", "."], cwd=project, check=True)
    done = subprocess.run(commit, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search(r"rehearse the migrations\.+Passed", done.stderr)
    revision(project, 2, ADD, "pass")
    subprocess.run(["git", "add", "."], cwd=project, check=True)
    done = subprocess.run(commit, cwd=project, capture_output=True, text=True)
    assert done.returncode == 1
    assert re.search(r"rehearse the migrations\.+Failed", done.stderr)
    assert "warning[downgrade-leaves]" in done.stderr
