"""The playground runs on a server as on SQLite, says what is wrong there, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from migration_lab.engines import Engine, find_engine
from migration_lab.migrations import Failure
from migration_lab.playground import (
    ColumnType,
    Matrix,
    Outcome,
    Runs,
    Scenario,
    ScratchProject,
    Strategy,
    open_runs,
    run_matrix,
)
from migration_lab.snapshot import snapshot_url
from migration_lab.views.playground.matrix import draw_matrix
from migration_lab.views.playground.run import draw_run

SERVERS = ["postgresql", "postgresql-16", "mariadb"]


def usable(key: str) -> Engine:
    engine = find_engine(key)
    if engine.missing:
        pytest.skip(engine.missing)
    return engine


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    """One process for all runs."""
    with open_runs() as opened:
        yield opened


def databases(engine: Engine, folder: Path) -> set[str]:
    """The names of all databases on the server, as seen from a new one that isn't among them."""
    url = engine.url(folder)
    engine.create(url)
    names = "SELECT schema_name FROM information_schema.schemata" if engine.dialect == "mysql" else ""
    try:
        with engine.connect(url).connect() as connection:
            found = connection.execute(sa.text(names or "SELECT datname FROM pg_database")).scalars()
            return set(found) - {url.database}
    finally:
        engine.drop(url)


@pytest.mark.parametrize("rows", [0, 2])
@pytest.mark.parametrize("strategy", Strategy, ids=lambda strategy: strategy.name)
@pytest.mark.parametrize("key", SERVERS)
def test_each_strategy_works_on_a_server_but_a_plain_not_null_on_a_table_with_rows(
    runs: Runs, key: str, strategy: Strategy, rows: int
) -> None:
    done = runs.run(Scenario(usable(key), rows, ColumnType.BOOLEAN, strategy, "1"))
    expected = Outcome.WORKS
    if strategy is Strategy.PLAIN and rows:
        expected = Outcome.WRONG if key == "mariadb" else Outcome.REFUSED
    assert done.outcome is expected, done.words
    if expected is Outcome.REFUSED:
        assert done.way_back is None
        assert done.retry is not None
        return
    assert done.way_back is not None
    assert done.way_back.failure is None
    assert done.way_back.values == (1 if strategy is Strategy.NULLABLE else 2) * bool(rows)
    assert [change.name for change in done.way_back.down.lost if change.kind == "column"] == ["is_active"]
    if not rows:
        assert "after upgrading again, the database is as it was before" in str(draw_run(done))


@pytest.mark.parametrize("kind", ColumnType, ids=lambda kind: kind.name)
@pytest.mark.parametrize("key", SERVERS)
def test_every_type_goes_by_the_value_offered_for_it_on_a_server(runs: Runs, key: str, kind: ColumnType) -> None:
    done = runs.run(Scenario(usable(key), 2, kind, Strategy.SERVER_DEFAULT, kind.facts.literal))
    assert done.outcome is Outcome.WORKS, done.words


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Boolean", "False"),
        ("Integer", "0"),
        ("String", "''"),
        ("DateTime", "'0000-00-00 00:00:00'"),
        ("Numeric", "Decimal('0.00')"),
    ],
)
def test_what_mariadb_fills_in_without_a_word_is_wrong(runs: Runs, kind: str, value: str) -> None:
    done = runs.run(Scenario(usable("mariadb"), 2, ColumnType(kind), Strategy.PLAIN, "1"))
    assert done.failure is None
    assert done.outcome is Outcome.WRONG
    assert done.words == f"2 of 2 rows got a value that nobody chose: {value}"
    assert done.contents is not None
    assert (done.contents.rows, done.contents.nulls) == (2, 0)
    assert isinstance(done.new_row, Failure)
    assert "doesn't have a default value" in done.new_row.words


@pytest.mark.parametrize("strategy", [Strategy.SERVER_DEFAULT, Strategy.BATCH, Strategy.DROP_DEFAULT])
def test_a_value_that_a_migration_chose_is_not_wrong_though_it_is_the_one_that_mariadb_fills_in(
    runs: Runs, strategy: Strategy
) -> None:
    done = runs.run(Scenario(usable("mariadb"), 2, ColumnType.BOOLEAN, strategy, "0"))
    assert done.outcome is Outcome.WORKS, done.words
    assert done.contents is not None
    assert done.contents.values == (("False", 2),)


@pytest.mark.parametrize("key", SERVERS)
def test_a_matrix_goes_over_engines_tells_each_runs_time_and_leaves_no_database_behind(
    key: str, tmp_path: Path
) -> None:
    engines = [find_engine("sqlite"), usable(key)]
    before = databases(engines[1], tmp_path)
    strategies = (Strategy.PLAIN, Strategy.DROP_DEFAULT)
    matrix = Matrix([Scenario(one, 2, ColumnType.BOOLEAN, how, "1") for one in engines for how in strategies])
    done = list(run_matrix(matrix))
    assert databases(engines[1], tmp_path) == before
    page = draw_matrix(matrix).html
    for engine in engines:
        assert f"Outcomes on {engine.name}" in page
    for run in done:
        assert f'{run.outcome.value} <span class="was">{run.seconds * 1000:,.0f} ms</span>' in page


@pytest.mark.parametrize("key", SERVERS)
def test_the_last_run_can_be_looked_at_in_its_folder_on_whichever_engine_it_was(key: str) -> None:
    engine = usable(key)
    project = ScratchProject()
    folder = project.lesson.folder
    try:
        for one, strategy in (
            (engine, Strategy.DROP_DEFAULT),
            (find_engine("sqlite"), Strategy.PLAIN),
            (engine, Strategy.SERVER_DEFAULT),
        ):
            done = project.run(Scenario(one, 2, ColumnType.BOOLEAN, strategy, "1"))
            assert snapshot_url(one.url(folder), count_limit=None) == done.after
        said = subprocess.run(
            [sys.executable, "-m", "alembic", "current"], cwd=folder, capture_output=True, encoding="utf-8"
        )
    finally:
        project.close()
    assert (said.returncode, said.stdout.split()) == (0, ["0002", "(head)"])
