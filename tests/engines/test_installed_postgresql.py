"""A PostgreSQL that the course didn't bring, of the system's own packages: reached by its address, like anybody's."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from engines.lessons import write_revision
from engines.own_projects import ADD, DROP, init, revision
from migration_lab.engines import URL_ALLOWED_VARIABLE, URL_VARIABLE
from migration_lab.lessons import SEEDED, open_lesson
from migration_lab.rehearsal import RehearsalReport, rehearse

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
# A PostgreSQL doesn't start as root.
USER = "nobody" if hasattr(os, "geteuid") and os.geteuid() == 0 else None
PLAIN = 'op.add_column("users", sa.Column("is_active", sa.Boolean(), nullable=False))'
FUNCTION = (
    "CREATE OR REPLACE FUNCTION short(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.left($1, {}) $$"
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a server of the newest version installed, with a user who may make databases."""
    if not PROGRAMS:
        pytest.skip("apt install postgresql brings a PostgreSQL")
    programs = PROGRAMS[-1].parent
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as name:
        folder, data = Path(name), Path(name) / "data"
        folder.chmod(0o777)

        def run(program: str, *arguments: str) -> None:
            with (folder / "log").open("ab") as log:
                # Its own standard streams, so that nobody waits for the server's end.
                subprocess.run(
                    [str(programs / program), *arguments], stdout=log, stderr=log, check=True, user=USER, cwd=folder
                )

        (folder / "log").touch(mode=0o666)
        run("initdb", "--pgdata", str(data), "--auth=trust", "--username=ann", "--encoding=UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c fsync=off -k {folder}"
        run("pg_ctl", "start", "--wait", "--pgdata", str(data), "--log", str(folder / "server"), "--options", options)
        try:
            yield f"postgresql+psycopg://ann@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "--wait", "--mode=immediate", "--pgdata", str(data))


@pytest.fixture
def project(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Somebody's project on a database there, at 0001, with an index over a function; it is the working folder."""
    home = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with home.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE shop")
    url = sa.make_url(address).set(database="shop")
    init(tmp_path, "generic", url.render_as_string(hide_password=False))
    shop = sa.create_engine(url)
    with shop.begin() as connection:
        for statement in (
            "CREATE TABLE users (id integer PRIMARY KEY, name varchar(50))",
            "INSERT INTO users SELECT i, 'user' || i FROM generate_series(1, 100) AS n(i)",
            FUNCTION.format(6),
            "CREATE INDEX users_short ON users (short(name))",
            "CREATE UNIQUE INDEX users_name ON users (name)",
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
            "INSERT INTO alembic_version VALUES ('0001')",
        ):
            connection.exec_driver_sql(statement)
    shop.dispose()
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    with home.connect() as connection:
        left = connection.exec_driver_sql("SELECT datname FROM pg_database WHERE datname LIKE 'migration_lab%%'").all()
        connection.exec_driver_sql("DROP DATABASE shop WITH (FORCE)")
    home.dispose()
    assert left == []


def found(report: RehearsalReport) -> set[tuple[str, str, str]]:
    return {(one.rule, one.table, one.name) for one in report.findings if one.severity != "notice"}


def test_its_rehearsal_finds_nothing_in_a_migration_that_loses_nothing(project: Path) -> None:
    revision(project, 2, ADD, DROP)
    report = rehearse(Path("alembic.ini"))
    assert found(report) == set()
    assert report.engine.startswith(f"PostgreSQL {PROGRAMS[-1].parents[1].name}")
    assert [step.action for step in report.steps] == ["upgrade", "downgrade", "again"]


def test_an_index_that_no_longer_finds_its_rows_is_told_by_amcheck(project: Path) -> None:
    """A function changed under its index: the statements pass, and the rows can't be found any more."""
    revision(project, 2, f'op.execute("{FUNCTION.format(5)}")', f'op.execute("{FUNCTION.format(6)}")')
    (error,) = rehearse(Path("alembic.ini")).errors
    assert error.rule == "database-damaged"
    assert error.samples == (
        'heap tuple (0,10) from table "users" lacks matching index tuple within index "users_short"',
    )
    assert "REINDEX INDEX" in error.remedy
    reindex = 'op.execute("REINDEX INDEX users_short")'
    revision(
        project,
        2,
        f'op.execute("{FUNCTION.format(5)}")\n{reindex}',
        f'op.execute("{FUNCTION.format(6)}")\n{reindex}',
    )
    assert found(rehearse(Path("alembic.ini"))) == set()


def test_a_lesson_is_the_same_there(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, address)
    monkeypatch.setenv(URL_ALLOWED_VARIABLE, "1")
    lesson = open_lesson("installed", SEEDED, engine="url")
    try:
        write_revision(lesson.folder, PLAIN)
        with pytest.raises(sa.exc.IntegrityError, match="contains null values"):
            command.upgrade(lesson.config, "head")
        write_revision(lesson.folder, PLAIN.replace("=False", "=False, server_default=sa.true()"))
        command.upgrade(lesson.config, "head")
        users = lesson.snapshot().tables["users"]
        assert [row.cells[-1].text for row in users.page.rows] == ["true", "true"]
        lesson.reset()
        assert lesson.snapshot().tables["users"].column("is_active") is None
    finally:
        lesson.kind.drop(lesson.engine.url)
        lesson.close()
