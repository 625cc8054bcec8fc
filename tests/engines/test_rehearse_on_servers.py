"""``migration-lab rehearse`` on servers: copied by their own programs, dropped at the end, the source only read."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engines.own_projects import ADD, DROP, init, revision
from migration_lab.__main__ import main
from migration_lab.engines import Engine, find_engine, postgresql_programs
from migration_lab.rehearsal import RehearsalError, RehearsalReport, as_text, rehearse
from migration_lab.rehearsal.workplace import database_prefix

TIGHTEN = 'op.alter_column("users", "is_active", existing_type=sa.Boolean(), nullable={})'
FILL = 'op.execute(sa.text("UPDATE users SET is_active = {} WHERE is_active IS NULL"))'
KEYS = ("postgresql", "mariadb")
EVERYTHING = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"
MOMENTS = [random.Random(number).uniform(0.8, 2.8) for number in range(20 if EVERYTHING else 2)]


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder for temporary files of the test's own, in which nothing may be left."""
    folder = tmp_path_factory.mktemp("t")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield
    assert list(folder.iterdir()) == []


@pytest.fixture(params=KEYS)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    found = find_engine(request.param)
    if found.missing:
        pytest.skip(found.missing)
    return found


@pytest.fixture
def project(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody's project, at 0001, with rows; it is the working folder."""
    return make_project(engine, tmp_path / "own", monkeypatch)


def make_project(engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch, template: str = "generic") -> Path:
    url = engine.url(folder)
    engine.create(url)
    init(folder, template, url.render_as_string(hide_password=False))
    boolean = "TRUE" if engine.dialect == "postgresql" else "1"
    statements = (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(50), is_active BOOLEAN)",
        f"INSERT INTO users VALUES (1, 'adi', {boolean}), (2, 'john', NULL), (3, 'zoe', NULL)",
        "CREATE VIEW names AS SELECT name FROM users",
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('0001')",
    )
    with engine.connect(url).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    monkeypatch.chdir(folder)
    return folder


def write(project: Path, engine: Engine) -> None:
    boolean = "TRUE" if engine.dialect == "postgresql" else "1"
    revision(
        project, 2, "\n".join([ADD, FILL.format(boolean), TIGHTEN.format(False)]), f"{TIGHTEN.format(True)}\n{DROP}"
    )


def dump(engine: Engine, url: sa.URL) -> list[Any]:
    """All that the source holds, and the databases beside it."""
    listed = "SELECT datname FROM pg_database" if engine.dialect == "postgresql" else "SHOW DATABASES"
    with closing(engine.connect(url).raw_connection()) as connection, closing(connection.cursor()) as cursor:
        found: list[Any] = []
        for statement in ("SELECT * FROM users ORDER BY id", "SELECT * FROM alembic_version", "SELECT * FROM names"):
            cursor.execute(statement)
            found.append(cursor.fetchall())
        cursor.execute(listed)
        found.append(sorted(name for (name,) in cursor.fetchall() if name.startswith(database_prefix())))
    return found


def found(report: RehearsalReport) -> set[tuple[str, str, str]]:
    return {(one.rule, one.table, one.name) for one in report.findings if one.severity != "notice"}


def test_a_copy_on_the_same_server_goes_up_down_and_up_again_and_is_dropped(project: Path, engine: Engine) -> None:
    write(project, engine)
    before = dump(engine, engine.url(project))
    report = rehearse(Path("alembic.ini"))
    assert found(report) == set()
    assert [step.action for step in report.steps] == ["upgrade", "downgrade", "again"]
    assert report.steps[0].lock
    assert report.steps[0].lock_seconds > 0
    assert (report.tables, report.rows) == (1, 3)
    (told,) = report.notices
    assert (told.rule, told.name) == ("values-not-restored", "is_active")
    assert [sample.partition(":")[0] for sample in told.samples] == ["2", "3"]
    assert dump(engine, engine.url(project)) == before
    assert before[-1] == []
    assert "adi" not in as_text(report)


def test_nulls_that_stop_the_migration_are_counted_and_what_stays_is_told(project: Path, engine: Engine) -> None:
    revision(project, 2, f"{ADD}\n{TIGHTEN.format(False)}", DROP)
    before = dump(engine, engine.url(project))
    rules = {rule for rule, _, _ in found(rehearse(Path("alembic.ini")))}
    half = {"half-migration-left", "retry-fails"} if engine.dialect == "mysql" else set()
    assert rules == {"nulls-meet-not-null", "upgrade-fails"} | half
    assert dump(engine, engine.url(project)) == before


def test_the_first_rows_that_differ_are_found_among_many_by_halving(project: Path, engine: Engine) -> None:
    many = "generate_series(4, 20000) AS s(seq)" if engine.dialect == "postgresql" else "seq_4_to_20000"
    with engine.connect(engine.url(project)).begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO users SELECT seq, concat('user', seq), NULL FROM {many}")
    # Nobody can read from these what they do to which rows.
    change = "UPDATE users SET name = NULL WHERE id IN (13013, 19999)"
    if engine.dialect == "postgresql":
        block = f"DO $$ BEGIN EXECUTE '{change}'; EXECUTE 'DELETE FROM users WHERE id = 17'; END $$"
        hidden = f'op.execute("{block}")'
    else:
        made = f"CREATE PROCEDURE p() {change}"
        hidden = f"op.execute('{made}')\nop.execute('CALL p()')\nop.execute('DROP PROCEDURE p')"
    revision(project, 2, hidden)
    report = rehearse(Path("alembic.ini"))
    told = {one.rule: one for one in report.errors}
    assert told["values-nulled"].samples[0].startswith("13013: 'user13013' -> NULL")
    if engine.dialect == "postgresql":
        assert (told["rows-lost"].count, told["rows-lost"].samples) == (1, ("17",))
    else:
        assert told["values-nulled"].count == 2


def test_killed_in_the_middle_its_databases_are_dropped_by_the_next_run(project: Path, engine: Engine) -> None:
    write(project, engine)
    before = dump(engine, engine.url(project))
    command = [sys.executable, "-m", "migration_lab", "rehearse"]
    left = []
    for moment in MOMENTS:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moment)
        process.kill()
        process.wait()
        left.append(dump(engine, engine.url(project)))
    assert [one[:-1] for one in left] == [before[:-1]] * len(left)
    assert subprocess.run(command, stdout=subprocess.DEVNULL).returncode == 0
    assert dump(engine, engine.url(project)) == before


def test_an_async_env_runs_and_one_that_connects_elsewhere_is_stopped_before_its_first_statement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = find_engine("postgresql")
    project = make_project(engine, tmp_path / "own", monkeypatch, "async")
    write(project, engine)
    before = dump(engine, engine.url(project))
    assert main(["rehearse", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["clean"]
    assert [step["action"] for step in told["steps"]] == ["upgrade", "downgrade", "again"]
    env = project / "migrations" / "env.py"
    url = engine.url(project).render_as_string(hide_password=False)
    text = env.read_text(encoding="utf-8")
    connect = "    async with connectable.connect()"
    assert connect in text
    own = (
        f"    from sqlalchemy.ext.asyncio import create_async_engine\n    connectable = create_async_engine({url!r})\n"
    )
    env.write_text(text.replace(connect, own + connect), encoding="utf-8")
    with pytest.raises(RehearsalError, match=r"env\.py was stopped before its first statement.*which is not the copy"):
        rehearse(Path("alembic.ini"))
    assert dump(engine, engine.url(project)) == before


def test_who_may_not_make_a_database_gets_the_copy_on_a_server_of_the_machines_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = find_engine("postgresql-16")
    if source.missing:
        pytest.skip(source.missing)
    project = make_project(source, tmp_path / "own", monkeypatch)
    write(project, source)
    url = source.url(project)
    with source.connect(url).begin() as connection:
        for statement in (
            "DROP ROLE IF EXISTS reader",
            "CREATE ROLE reader LOGIN",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
        ):
            connection.exec_driver_sql(statement)
    before = dump(source, url)
    report = rehearse(Path("alembic.ini"), url=url.set(username="reader"))
    assert found(report) == set()
    assert "PostgreSQL 18" in report.engine
    assert "reader may not make databases" in next(x for x in report.notices if x.rule == "copied-elsewhere").meaning
    assert [step.action for step in report.steps] == ["upgrade", "downgrade", "again"]
    assert dump(source, url) == before
    with source.connect(url).begin() as connection:
        connection.exec_driver_sql("DROP OWNED BY reader")
        connection.exec_driver_sql("DROP ROLE reader")


def test_a_copy_that_is_to_be_kept_is_dropped_where_there_is_no_verdict(project: Path, engine: Engine) -> None:
    env = project / "migrations" / "env.py"
    env.write_text("raise RuntimeError('no settings')\n" + env.read_text(encoding="utf-8"), encoding="utf-8")
    before = dump(engine, engine.url(project))
    with pytest.raises(RehearsalError, match="no settings"):
        rehearse(Path("alembic.ini"), keep=True)
    assert dump(engine, engine.url(project)) == before


def test_what_a_server_refuses_or_lacks_is_one_line_and_nothing_is_left(
    project: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = engine.url(project)
    before = dump(engine, url)
    with pytest.raises(RehearsalError, match="can't be read"):
        rehearse(Path("alembic.ini"), url=url.set(database="migration_lab_nowhere"))
    with engine.connect(url).begin() as connection:
        if engine.dialect == "postgresql":
            connection.exec_driver_sql("DROP ROLE IF EXISTS poor")
            connection.exec_driver_sql("CREATE ROLE poor LOGIN")
        else:
            connection.exec_driver_sql("DROP USER IF EXISTS poor@localhost")
            connection.exec_driver_sql("CREATE USER poor@localhost")
            connection.exec_driver_sql(f"GRANT SELECT, SHOW VIEW ON {url.database}.* TO poor@localhost")
    module = "migration_lab.rehearsal.copying_servers"
    with monkeypatch.context() as patch:
        patch.setattr(f"{module}._host", lambda known: known.engine)  # as without a PostgreSQL of our own
        with pytest.raises(RehearsalError, match="poor may not make a database for the copy"):
            rehearse(Path("alembic.ini"), url=url.set(username="poor"))
    with engine.connect(url).begin() as connection:
        connection.exec_driver_sql("DROP ROLE poor" if engine.dialect == "postgresql" else "DROP USER poor@localhost")
    if engine.dialect == "postgresql":
        older = [one for one in postgresql_programs() if "pginstall18" not in str(one)]
        monkeypatch.setattr(f"{module}.postgresql_programs", lambda: iter(older))
        with pytest.raises(RehearsalError, match="it has to be as new as the server"):
            rehearse(Path("alembic.ini"))
        monkeypatch.setattr(f"{module}.postgresql_programs", lambda: iter(()))
    else:
        which = shutil.which
        monkeypatch.setattr(shutil, "which", lambda name, **more: None if "dump" in name else which(name, **more))
    with pytest.raises(RehearsalError, match="missing: apt install"):
        rehearse(Path("alembic.ini"))
    assert dump(engine, url) == before
