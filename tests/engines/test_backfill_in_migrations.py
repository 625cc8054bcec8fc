"""A backfill inside a real Alembic migration, and what is seen of it in a terminal and in a notebook."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
from alembic import command
from alembic.config import Config
from nbclient import NotebookClient

from engines.backfilling import EVERY_VERSION, PLACES, Place, place
from migration_lab.backfill import BackfillError
from migration_lab.engines import url_text

ENVIRONMENT = """
from alembic import context
from sqlalchemy import create_engine

engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""
MIGRATION = """
import sqlalchemy as sa
from alembic import op
from migration_lab.backfill import backfill

revision, down_revision = "0001", None


def upgrade() -> None:
    op.add_column("users", sa.Column("is_active", sa.Boolean()))
    with op.get_context().autocommit_block():
        backfill(op.get_bind(), "users", {"is_active": True}, progress=False)
    op.create_table("afterwards", sa.Column("id", sa.Integer()))


def downgrade() -> None:
    pass
"""


def project(folder: Path, there: Place, migration: str) -> Config:
    """An Alembic project with this migration alone."""
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENVIRONMENT, encoding="utf-8")
    (folder / "versions" / "0001.py").write_text(migration, encoding="utf-8")
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("sqlalchemy.url", url_text(there.url).replace("%", "%%"))
    return config


@pytest.mark.parametrize("name", EVERY_VERSION)
def test_in_an_autocommit_block_a_migration_fills_and_goes_on(name: str, tmp_path: Path) -> None:
    with place(name, tmp_path) as there:
        there.users(1500)
        command.upgrade(project(tmp_path / "project", there, MIGRATION), "head")
        assert there.all("SELECT is_active, count(*) FROM users GROUP BY is_active") == [(True, 1500)]
        assert there.one("SELECT version_num FROM alembic_version") == "0001"
        assert there.all("SELECT * FROM afterwards") == []


@pytest.mark.parametrize("name", PLACES)
def test_without_the_block_a_migration_is_refused(name: str, tmp_path: Path) -> None:
    outside = MIGRATION.replace("with op.get_context().autocommit_block():", "if True:")
    with place(name, tmp_path) as there:
        there.users(10)
        with pytest.raises(BackfillError, match=r"autocommit_block\(\)"):
            command.upgrade(project(tmp_path / "project", there, outside), "head")


def test_as_a_script_of_sql_it_is_refused(tmp_path: Path) -> None:
    with place("sqlite", tmp_path) as there:
        config = project(tmp_path / "project", there, MIGRATION)
        offline = ENVIRONMENT.replace("connection=connection", "url='sqlite://'")
        (tmp_path / "project" / "env.py").write_text(offline, encoding="utf-8")
        with pytest.raises(BackfillError, match="alembic upgrade --sql"):
            command.upgrade(config, "head", sql=True)


def test_the_code_of_the_sites_page_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "site" / "pages" / "backfill.md").read_text(encoding="utf-8")
    migration, script = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    with place("sqlite wal", tmp_path) as there:
        there.users(700)
        there.run(
            *(f"ALTER TABLE users ADD COLUMN {name}" for name in ("is_active boolean", "slug text", "initial text"))
        )
        config = project(tmp_path / "project", there, migration.replace('"0001"', "None"))
        command.upgrade(config, "head")
        assert there.one("SELECT count(*) FROM users WHERE is_active") == 700
        monkeypatch.chdir(tmp_path)  # which has the app.db
        exec(script, {})
        assert there.all("SELECT count(*), min(slug), max(initial) FROM users") == [(700, "user1", "u")]


SCRIPT = """
import sys
from sqlalchemy import create_engine
from migration_lab.backfill import backfill

with create_engine(sys.argv[1]).connect() as connection:
    backfill(connection, "users", {"country": "'DE'"}, pause=float(sys.argv[2]))
"""


def test_a_terminal_shows_the_rows_left_and_the_time_left_and_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    with place("sqlite wal", tmp_path) as there:
        there.users(5000)
        command = [sys.executable, "-c", SCRIPT, url_text(there.url)]
        process = subprocess.Popen([*command, "30"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        while not there.one("SELECT count(*) FROM users WHERE country = 'DE'"):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=60)
        assert said == ""
        filled = there.one("SELECT count(*) FROM users WHERE country = 'DE'")
        left = f"{5000 - filled:,}"
        assert f"{left} rows left" in errors
        assert errors.splitlines()[-1] == (
            f"KeyboardInterrupt: stopped between two chunks: {filled} rows of users are filled, some {left} are left; "
            "run it again, and it goes on from there"
        )
        done = subprocess.run([*command, "0.01"], capture_output=True, text=True, encoding="utf-8", check=True)
        assert done.stdout.startswith(f"users: {left} rows filled in ")
        assert done.stdout.endswith(" at most, none is left\n")
        assert "rows left" in done.stderr
        assert "to go" in done.stderr


def test_a_notebook_shows_a_widget(tmp_path: Path) -> None:
    with place("sqlite wal", tmp_path) as there:
        there.users(2000)
        code = f"import sys; sys.argv = ['', {url_text(there.url)!r}, '0.01']\n{dedent(SCRIPT)}"
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        NotebookClient(notebook, kernel_name="python3", timeout=60).execute(env=dict(os.environ))
        widgets = [
            one
            for one in notebook.cells[0].outputs
            if "application/vnd.jupyter.widget-view+json" in one.get("data", {})
        ]
        assert widgets
        assert "none is left" in "".join(one.get("text", "") for one in notebook.cells[0].outputs)
