"""Every notebook runs from an empty scratch folder, and again on whatever was left, and shows what it says it shows."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migration_lab.engines import sqlite as course_sqlite
from migration_lab.snapshot import Snapshot, Table, snapshot_file

from .deploy_lesson import check_10_rolling_deploy
from .engines_lesson import check_07_engines
from .kernels import LESSONS, NAMES, SQLITES, read, run_all, run_alone, run_and_kill, run_each_twice, said
from .rehearsal_lesson import check_09_rehearsal
from .scale_lesson import check_08_at_scale

EVERYTHING = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"


def driver(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv(course_sqlite.VARIABLE, sqlite)
    if sqlite == "pysqlite3":
        pytest.importorskip("pysqlite3", reason="a Linux-only package: pip install pysqlite3")
    return course_sqlite.sqlite_driver()


def final(scratch: Path, folder: str, module: Any) -> Snapshot:
    return snapshot_file(scratch / folder / "app.db", module=module)


def users(snapshot: Snapshot) -> Table:
    return snapshot.tables["users"]


def is_required_without_default(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and not column.nullable and column.default is None


def has_both_uniques(table: Table) -> bool:
    return {("username",), ("email",)} <= {unique.columns for unique in table.uniques}


def highlighted(notebook: Any, cell_id: str) -> bool:
    """Whether a cell shows a file as code, its keywords in a colour of their own."""
    (cell,) = [cell for cell in notebook.cells if cell.id == cell_id]
    html = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
    return '<pre class="code' in html and '<span class="keyword">' in html


def check_00_start(notebook: Any, scratch: Path, module: Any) -> None:
    assert module.sqlite_version in said(notebook, "setup")
    assert "adi" in said(notebook, "live")
    assert final(scratch, "00_start", module).versions == ("0001",)


def check_01_situation(notebook: Any, scratch: Path, module: Any) -> None:
    assert highlighted(notebook, "model")
    assert highlighted(notebook, "autogenerate")
    assert "op.create_table('users'" in said(notebook, "autogenerate")
    assert "Two: users and one that Alembic keeps" in said(notebook, "upgrade")
    assert "UNIQUE constraint failed: users.username" in said(notebook, "unique")
    assert "0001" in said(notebook, "current")
    assert "john" in said(notebook, "seed")
    snapshot = final(scratch, "01_situation", module)
    assert snapshot.versions == ("0001",)
    assert users(snapshot).row_count == 2
    assert has_both_uniques(users(snapshot))


def check_02_failure(notebook: Any, scratch: Path, module: Any) -> None:
    assert "op.add_column('users', sa.Column('is_active', sa.Boolean(), nullable=False))" in said(notebook, "revision")
    assert highlighted(notebook, "revision")
    assert "Cannot add a NOT NULL column with default value NULL" in said(notebook, "upgrade")
    assert "ALTER TABLE users ADD COLUMN is_active BOOLEAN NOT NULL" in said(notebook, "upgrade")
    assert "The database refuses" in said(notebook, "outcome")
    assert "Nothing changed" in said(notebook, "left")
    assert "column is_active appeared (BOOLEAN, NOT NULL)" in said(notebook, "empty")
    assert "server_default: None" in said(notebook, "default-model")
    assert "nullable=False)" in said(notebook, "default-revision")
    assert "no line differs" in said(notebook, "default-revision")
    assert "Cannot add a NOT NULL column" in said(notebook, "default-upgrade")
    assert "'add_column'" in said(notebook, "compare")
    failed, empty = final(scratch, "02_failure", module), final(scratch, "02_failure_empty", module)
    assert failed.versions == ("0001",)
    assert users(failed).column("is_active") is None
    assert empty.versions == ("0002",)
    assert is_required_without_default(users(empty), "is_active")


def check_03_server_default(notebook: Any, scratch: Path, module: Any) -> None:
    assert "default '1'" in said(notebook, "upgrade")
    assert "the row gets 1" in said(notebook, "new-rows-outcome")
    assert "syntax error" in said(notebook, "drop-upgrade")
    assert "_alembic_tmp_users" in said(notebook, "batch-upgrade")
    assert "default '1' -> none" in said(notebook, "batch-diff")
    assert "NOT NULL constraint failed: users.is_active" in said(notebook, "now-required")
    assert "{'one': 2, 'word': 0, 'expression': 2}" in said(notebook, "trap-count")
    assert "'word': True" in said(notebook, "trap-count")
    assert "non-constant default" in said(notebook, "now-upgrade")
    assert "non-constant default" in said(notebook, "current-timestamp")
    assert "unknown function: NOW()" in said(notebook, "empty")
    assert re.findall(r"== (\d)  >= (\d)", said(notebook, "timestamp-compare")) == [("0", "0"), ("2", "2")]
    assert "No new upgrade operations" in said(notebook, "model")
    snapshot = final(scratch, "03_server_default", module)
    assert snapshot.versions == ("0003",)
    assert is_required_without_default(users(snapshot), "is_active")
    assert has_both_uniques(users(snapshot))
    assert users(snapshot).row_count == 4


def check_04_backfill(notebook: Any, scratch: Path, module: Any) -> None:
    native = tuple(map(int, module.sqlite_version.split("."))) >= course_sqlite.NATIVE_SET_NOT_NULL
    assert ("No error: it passed" if native else 'near "ALTER": syntax error') in said(notebook, "one-upgrade")
    assert ("They work" if native else "something has happened") in said(notebook, "one-outcome")
    assert "column is_active appeared (BOOLEAN, NULL allowed)" in said(notebook, "half")
    assert "duplicate column name: is_active" in said(notebook, "half-retry")
    assert "Nothing changed" in said(notebook, "rescue")
    statements = said(notebook, "atomic-upgrade")
    assert statements.index("BEGIN") < statements.rindex("ALTER TABLE users ADD COLUMN") < statements.rindex("ROLLBACK")
    assert "Nothing changed" in said(notebook, "atomic-diff")
    assert "9 lines added, 2 removed" in said(notebook, "portable-changes")
    assert "ALTER TABLE users ALTER COLUMN is_active SET NOT NULL" in said(notebook, "others")
    assert "ALTER TABLE users MODIFY is_active BOOL NOT NULL" in said(notebook, "others")
    assert "row 2 changed: is_active 0 -> 1" in said(notebook, "down")
    assert "NOT NULL constraint failed" in said(notebook, "own-value-forgotten")
    assert "UNIQUE constraint failed" in said(notebook, "own-value-constant")
    assert "john-2" in said(notebook, "own-value")
    assert "No new upgrade operations" in said(notebook, "model")
    assert "NOT NULL constraint failed" in said(notebook, "deploys")
    assert "_alembic_tmp_users" in said(notebook, "deploys-left")
    lost = said(notebook, "batch-loses")
    assert "UNIQUE (username) vanished" in lost
    assert "trigger note_change vanished" in lost
    assert "orders left: 0 of 3" in said(notebook, "batch-children")
    assert ("nullable yes -> no" if native else "From 3.53 on") in said(notebook, "native")
    assert "vanished" not in said(notebook, "native")
    assert said(notebook, "set-not-null").strip() == "['users: column is_active changed: nullable yes -> no']"
    snapshot = final(scratch, "04_backfill", module)
    assert snapshot.versions == ("0003",)
    assert is_required_without_default(users(snapshot), "is_active")
    assert is_required_without_default(users(snapshot), "handle")
    assert has_both_uniques(users(snapshot))
    assert ("handle",) in {unique.columns for unique in users(snapshot).uniques}
    late = final(scratch, "04_backfill_late", module)
    assert late.versions == ("0004",)
    assert is_required_without_default(users(late), "is_active")


def check_05_nullable(notebook: Any, scratch: Path, module: Any) -> None:
    assert "What happened: Two" in said(notebook, "logic-outcome")
    assert "active in SQL: ['adi', 'john', 'eva', 'max']" in said(notebook, "code-run")
    plans = said(notebook, "cost-plan")
    assert [("INDEX" in plan, "SCAN" in plan) for plan in plans.splitlines() if plan] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    assert "No new upgrade operations" in said(notebook, "model")
    assert "nullable yes -> no" in said(notebook, "tighten")
    snapshot = final(scratch, "05_nullable", module)
    assert snapshot.versions == ("0003",)
    assert is_required_without_default(users(snapshot), "is_active")
    assert has_both_uniques(users(snapshot))


def check_06_choose(notebook: Any, scratch: Path, module: Any) -> None:
    table = said(notebook, "summary-table")
    assert table.count("✗ Cannot add a NOT NULL column") >= 1
    assert "✓ works" in table
    assert "Only the empty one" in said(notebook, "summary-outcome")
    assert "refused" in said(notebook, "sides-table")
    assert "column is_active appeared (BOOLEAN, NOT NULL)" in said(notebook, "rehearse")
    assert said(notebook, "original").strip() == "True"
    assert final(scratch, "06_choose_rehearsal", module).versions == ("0002",)
    assert final(scratch, "06_choose", module).versions == ("0001",)


CHECKS: dict[str, Callable[[Any, Path, Any], None]] = {
    "00_start": check_00_start,
    "01_situation": check_01_situation,
    "02_failure": check_02_failure,
    "03_server_default": check_03_server_default,
    "04_backfill": check_04_backfill,
    "05_nullable": check_05_nullable,
    "06_choose": check_06_choose,
    "07_engines": check_07_engines,
    "08_at_scale": check_08_at_scale,
    "09_rehearsal": check_09_rehearsal,
    "10_rolling_deploy": check_10_rolling_deploy,
}
# The lessons whose runs take long have tests of their own, in test_scale_lesson.py and test_deploy_lesson.py.
QUICK = [name for name in NAMES if EVERYTHING or name not in ("08_at_scale", "10_rolling_deploy")]


def test_every_lesson_has_its_check() -> None:
    """A lesson added without saying what it must show would only be tested for raising nothing."""
    assert set(CHECKS) == set(LESSONS)


def check(name: str, notebook: Any, scratch: Path, module: Any) -> None:
    """That an executed notebook shows what it must, where that is more than that no cell raised."""
    if name in CHECKS:
        CHECKS[name](notebook, scratch, module)


@pytest.mark.parametrize("sqlite", SQLITES if EVERYTHING else SQLITES[:1])
@pytest.mark.parametrize("name", QUICK)
def test_a_notebook_runs_alone_and_after_a_kill_at_its_end_with_every_cell_twice_in_a_row(
    name: str, sqlite: str, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever isn't sure that a cell has run runs it again: nothing breaks, and the lesson goes on as it should."""
    module = driver(sqlite, monkeypatch)
    check(name, run_and_kill(name, code_cells(name)[-1], scratch, sqlite), scratch, module)
    check(name, run_each_twice(name, scratch, sqlite), scratch, module)


@pytest.mark.parametrize("sqlite", SQLITES if EVERYTHING else SQLITES[1:])
@pytest.mark.parametrize("name", QUICK)
def test_a_notebook_runs_alone_and_again_after_kills_at_its_end_and_in_its_busy_half(
    name: str, sqlite: str, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = driver(sqlite, monkeypatch)
    cells = code_cells(name)
    check(name, run_and_kill(name, cells[-1], scratch, sqlite), scratch, module)
    run_and_kill(name, cells[len(cells) * 2 // 3], scratch, sqlite)
    check(name, run_all(name, scratch, sqlite), scratch, module)


def test_who_is_in_a_hurry_gets_the_chooser_from_one_cell_alone(scratch: Path) -> None:
    """The first code cell of lesson 6 needs no other, makes nothing, and the line above it says what it is for."""
    cells = read("06_choose").cells
    place = [cell.id for cell in cells].index("hurry")
    assert [cell.cell_type for cell in cells[: place + 1]] == ["markdown", "markdown", "code"]
    assert "hurry" in cells[place - 1].source
    assert len(cells[place - 1].source.splitlines()) == 1
    (cell,) = run_alone("06_choose", "hurry", scratch, SQLITES[0]).cells
    (output,) = cell.outputs
    assert "application/vnd.jupyter.widget-view+json" in output.data
    assert list(scratch.iterdir()) == []


def code_cells(name: str) -> list[int]:
    return [index for index, cell in enumerate(read(name).cells) if cell.cell_type == "code"]


def moments() -> list[tuple[str, int]]:
    """After which cell the kernel is killed: every one."""
    return [(name, index) for name in QUICK if name in LESSONS for index in code_cells(name)]


if EVERYTHING:  # not skipped: where nothing may be left out, that would be a failure

    @pytest.mark.parametrize(("name", "last"), moments())
    def test_run_all_passes_after_a_kill(name: str, last: int, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        sqlite = SQLITES[last % 2]
        module = driver(sqlite, monkeypatch)
        run_and_kill(name, last, scratch, sqlite)
        check(name, run_all(name, scratch, sqlite), scratch, module)
