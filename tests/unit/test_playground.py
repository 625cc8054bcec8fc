"""The playground says what a database really does, whatever is typed into it."""

from __future__ import annotations

import ast
import asyncio
import random
import signal
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from migration_lab.engines import EngineError, SQLite, all_engines, default_engine, installed_engines
from migration_lab.lessons import CREATED, FolderLock, InUseError, ScratchError, build_project
from migration_lab.migrations import BusyError
from migration_lab.playground import (
    ColumnType,
    Matrix,
    MigrationFile,
    Outcome,
    Run,
    Runs,
    Scenario,
    Strategy,
    all_scenarios,
    find_engine,
    open_runs,
    run_matrix,
    write_migrations,
)
from migration_lab.playground.contents import Contents
from migration_lab.playground.migrations import quoted
from migration_lab.playground.scratch import ScratchProject
from migration_lab.rehearsal import Plan, Rehearsals, Report
from migration_lab.snapshot import snapshot_file
from migration_lab.views import playground
from migration_lab.views.controls.between_cells import BetweenCells
from migration_lab.views.pictures.drawing import escape
from migration_lab.views.playground.matrix import draw_matrix
from migration_lab.views.playground.run import draw_run

ENGINES = installed_engines()
HOSTILE = (
    "'; DROP TABLE users; --",
    "quote \" and ' both",
    "back\\slash \\n \\",
    "line\nbreak\r\ttab",
    "🦆 ﷽ é",
    "{braces} {0} %s %(x)s %%",
    "a :name :1 ::x \\:y",
    "",
    "NULL",
    '"""',
    "<img src=x onerror=alert(1)>",
    "x" * 5000,
    "nul \x00 inside",
)


def scenario(strategy: Strategy, literal: str = "1", rows: int = 2, kind: str = "Boolean", engine: int = 0) -> Scenario:
    return Scenario(ENGINES[engine], rows, ColumnType(kind), strategy, literal)


def sql_text(literal: str) -> str:
    return "'" + literal.replace("'", "''") + "'"


def by_hand(one: Scenario) -> tuple[str, Any]:
    """The same without SQLAlchemy and Alembic: the error's words or "", then columns and rows of the table."""
    name, sql_type = one.column, one.type.facts.type.compile()
    add = f"ALTER TABLE users ADD COLUMN {name} {sql_type}"
    rebuild = [
        f"CREATE TABLE new (id INTEGER NOT NULL PRIMARY KEY, username VARCHAR(50), email VARCHAR(100), "
        f"{name} {sql_type} NOT NULL, UNIQUE (email), UNIQUE (username))",
        f"INSERT INTO new SELECT id, username, email, {name} FROM users",
        "DROP TABLE users",
        "ALTER TABLE new RENAME TO users",
    ]
    value = sql_text(one.literal)
    fill = f"UPDATE users SET {name} = {value}"
    steps = {
        Strategy.PLAIN: [f"{add} NOT NULL"],
        Strategy.NULLABLE: [add],
        Strategy.SERVER_DEFAULT: [f"{add} DEFAULT {value} NOT NULL"],
        Strategy.DROP_DEFAULT: [f"{add} DEFAULT {value} NOT NULL", *rebuild],
        Strategy.THREE_STEPS: [add, fill, f"ALTER TABLE users ALTER COLUMN {name} SET NOT NULL"],
        Strategy.BATCH: [add, fill, *rebuild],
    }
    with closing(driver_of(one).connect(":memory:")) as connection:
        connection.execute(
            "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, username VARCHAR(50), email VARCHAR(100), "
            "UNIQUE (email), UNIQUE (username))"
        )
        people = ["adi", "john", *(f"user{key}" for key in range(3, one.rows + 1))][: one.rows]
        connection.executemany("INSERT INTO users VALUES (?, ?, NULL)", list(enumerate(people, 1)))
        words = ""
        for step in steps[one.strategy]:
            try:
                connection.execute(step)
            except Exception as error:
                words = str(error)
                break
        return words, table(connection)


def driver_of(one: Scenario) -> Any:
    """The driver of a scenario on SQLite."""
    assert isinstance(one.engine, SQLite)
    return one.engine.module


def table(connection: Any) -> tuple[list[Any], list[Any]]:
    """Name, type, NOT NULL and default of each column; then the rows."""
    columns = [tuple(row[1:5]) for row in connection.execute("PRAGMA table_info(users)")]
    return columns, list(connection.execute("SELECT * FROM users ORDER BY id"))


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    """One process for all runs."""
    with open_runs() as opened:
        yield opened


def run_in(runs: Runs, folder: Path, one: Scenario) -> tuple[Run, Any]:
    """A run, and the table as the driver alone reads it."""
    project = folder / "project"
    done = runs.run(one, project)
    with closing(driver_of(one).connect(project / "app.db")) as connection:
        return done, table(connection)


@pytest.mark.parametrize("engine", range(len(ENGINES)), ids=[engine.scheme for engine in ENGINES])
@pytest.mark.parametrize("rows", [0, 2])
@pytest.mark.parametrize("strategy", Strategy, ids=lambda strategy: strategy.name)
def test_a_run_says_what_the_database_does_by_hand(
    runs: Runs, strategy: Strategy, rows: int, engine: int, tmp_path: Path
) -> None:
    one = scenario(strategy, rows=rows, engine=engine)
    done, found = run_in(runs, tmp_path, one)
    words, expected = by_hand(one)
    assert (done.failure.words if done.failure else "") == words
    assert done.outcome in ((Outcome.REFUSED, Outcome.HALF) if words else (Outcome.WORKS, Outcome.WRONG))
    assert [column[:3] for column in found[0]] == [column[:3] for column in expected[0]]
    if not words:
        assert found[1] == expected[1]


@pytest.mark.parametrize("kind", ColumnType, ids=lambda kind: kind.name)
def test_every_type_goes_by_the_value_offered_for_it(runs: Runs, kind: ColumnType, tmp_path: Path) -> None:
    one = Scenario(ENGINES[0], 2, kind, Strategy.SERVER_DEFAULT, kind.facts.literal)
    done, found = run_in(runs, tmp_path, one)
    assert ("", found) == by_hand(one)
    assert done.outcome is Outcome.WORKS, done.problems


@pytest.mark.parametrize("literal", ["1", "0", "true", "false", "2", "", "yes", "01", "1.0", "-1"])
def test_a_flag_is_wrong_if_the_application_finds_rows_neither_by_true_nor_by_false(
    runs: Runs, literal: str, tmp_path: Path
) -> None:
    done, _ = run_in(runs, tmp_path, scenario(Strategy.SERVER_DEFAULT, literal))
    with closing(ENGINES[0].module.connect(tmp_path / "project" / "app.db")) as connection:
        found = connection.execute("SELECT count(*) FROM users WHERE is_active IN (0, 1)").fetchone()[0]
        stored = connection.execute("SELECT typeof(is_active), count(*) FROM users GROUP BY 1").fetchall()
    assert (done.outcome is Outcome.WORKS) == (found == 2)
    assert done.contents is not None
    assert done.contents.storage == tuple(stored)


@pytest.mark.parametrize(
    ("kind", "literal"), [("DateTime", "soon"), ("Numeric", "much"), ("Integer", "many"), ("DateTime", "2026-01-01")]
)
def test_what_the_model_cannot_read_or_find_again_is_wrong(runs: Runs, kind: str, literal: str) -> None:
    done = runs.run(scenario(Strategy.SERVER_DEFAULT, literal, kind=kind))
    assert done.failure is None
    assert done.outcome is Outcome.WRONG


def test_a_default_that_is_wrong_for_new_rows_is_found_on_an_empty_table(runs: Runs) -> None:
    done = runs.run(scenario(Strategy.SERVER_DEFAULT, "true", rows=0))
    assert done.outcome is Outcome.WRONG
    assert isinstance(done.new_row, Contents)
    assert done.new_row.storage == (("text", 1),)


@pytest.mark.parametrize("literal", HOSTILE, ids=ascii)
@pytest.mark.parametrize("strategy", [Strategy.SERVER_DEFAULT, Strategy.DROP_DEFAULT, Strategy.BATCH])
def test_any_literal_arrives_as_typed_or_gets_the_databases_own_words(
    runs: Runs, strategy: Strategy, literal: str, tmp_path: Path
) -> None:
    one = scenario(strategy, literal, kind="String")
    done, (_, rows) = run_in(runs, tmp_path, one)
    try:
        with closing(driver_of(one).connect(":memory:")) as connection:
            connection.execute(f"CREATE TABLE t (c TEXT DEFAULT {sql_text(literal)})")
    except Exception as error:
        refusal = str(error)
    else:
        refusal = ""
    if strategy is Strategy.BATCH or not refusal:  # a bound value may hold what the text of a statement can't
        assert [row[3] for row in rows] == [literal, literal]
        assert done.outcome is Outcome.WORKS, done.words
    else:
        assert done.failure is not None
        assert done.failure.words == refusal
    assert [row[:3] for row in rows] == [(1, "adi", None), (2, "john", None)]


def test_random_literals_survive_the_migration_file() -> None:
    dice = random.Random(20)
    signs = "'\"\\{}%:;-\n\r\t\x00\x7f\u2028\ud800🦆aé#()$`"
    for _ in range(500):
        literal = "".join(dice.choice(signs) for _ in range(dice.randrange(12)))
        assert ast.literal_eval(quoted(literal)) == literal
        for strategy in Strategy:
            for file in write_migrations(scenario(strategy, literal, kind="String")):
                tree = ast.parse(file.text.encode("utf-8"))
                assert not strategy.uses_literal or literal in {
                    node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)
                }


def test_half_of_a_surrogate_pair_is_refused_in_words_that_can_be_shown(runs: Runs) -> None:
    drawn = draw_run(runs.run(scenario(Strategy.SERVER_DEFAULT, "\ud800", kind="String")))
    assert drawn.run.failure is not None
    assert "surrogates not allowed" in str(drawn)
    (drawn.html + str(drawn)).encode("utf-8")


def test_half_a_migration_is_told_by_the_state_left_behind(runs: Runs, tmp_path: Path) -> None:
    one = scenario(Strategy.THREE_STEPS)
    done, (columns, _) = run_in(runs, tmp_path, one)
    if done.failure is None:
        assert columns[-1][2] == 1  # a SQLite that makes a column NOT NULL by itself
        return
    assert "is_active" in [column[0] for column in columns]
    assert done.after.versions == ("0001",)
    assert done.outcome is Outcome.HALF
    assert done.retry is not None
    assert done.retry.words == "duplicate column name: is_active"


@pytest.mark.parametrize("strategy", [Strategy.PLAIN, Strategy.NULLABLE])
def test_the_outcome_follows_what_the_file_does_not_the_strategys_name(
    runs: Runs, strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With another strategy's files, every outcome is the other strategy's: nothing hangs on the choice itself."""

    def other(one: Scenario) -> tuple[MigrationFile, ...]:
        names = {Strategy.PLAIN: Strategy.NULLABLE, Strategy.NULLABLE: Strategy.PLAIN}
        return write_migrations(Scenario(one.engine, one.rows, one.type, names[one.strategy], one.literal))

    honest = runs.run(scenario(strategy))
    monkeypatch.setattr("migration_lab.playground.running.write_migrations", other)
    swapped = runs.run(scenario(strategy))
    assert {honest.outcome, swapped.outcome} == {Outcome.WORKS, Outcome.REFUSED}


def test_a_run_shows_statements_time_and_the_way_back(runs: Runs) -> None:
    done = runs.run(scenario(Strategy.SERVER_DEFAULT))
    sent = [statement.sql for statement in done.statements if statement.kind == "schema"]
    assert sent == ["ALTER TABLE users ADD COLUMN is_active BOOLEAN DEFAULT '1' NOT NULL"]
    assert 0 < done.seconds < 60
    back = done.way_back
    assert back is not None
    assert back.values == 2
    assert [change.name for change in back.down.lost if change.kind == "column"] == ["is_active"]
    assert back.again is not None
    assert [change.describe() for change in back.again.row_changes] == ["users: row 1 changed: is_active 0 -> 1"]
    text = str(draw_run(done))
    assert "users: column is_active appeared (BOOLEAN, NOT NULL, default '1')" in text
    assert "not back after upgrading again: users: row 1 changed: is_active 0 -> 1" in text


def test_the_way_back_of_an_empty_table_is_told_from_the_upgrade_on(runs: Runs) -> None:
    text = str(draw_run(runs.run(scenario(Strategy.SERVER_DEFAULT, rows=0))))
    assert "lost: users: column is_active vanished (BOOLEAN, NOT NULL, default '1')" in text
    assert "after upgrading again, the database is as it was before" in text


def test_a_refusal_is_drawn_with_the_databases_words_and_what_they_mean(runs: Runs) -> None:
    drawn = draw_run(runs.run(scenario(Strategy.PLAIN)))
    for words in (
        "Cannot add a NOT NULL column with default value NULL",
        "would have no value",
        "Nothing is left behind",
    ):
        assert words in drawn.html
        assert words in str(drawn)


def test_nothing_typed_becomes_markup() -> None:
    matrix = Matrix([scenario(Strategy.SERVER_DEFAULT, "<img src=x onerror=alert(1)>", kind="String")])
    done = list(run_matrix(matrix))
    assert "<img" not in draw_run(done[0]).html + draw_matrix(matrix).html


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.scheme)
@pytest.mark.parametrize("variable", ["", "sqlite3", *(["pysqlite3"] if len(ENGINES) > 1 else [])])
def test_the_engine_is_the_one_chosen_whatever_the_environment_says(
    runs: Runs, engine: SQLite, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIGRATION_LAB_SQLITE", variable)
    done = runs.run(Scenario(engine, 0, ColumnType.BOOLEAN, Strategy.THREE_STEPS, "1"))
    assert str(done.after.engine) == f"SQLite {engine.module.sqlite_version}"
    words, _ = by_hand(done.scenario)
    assert (done.failure.words if done.failure else "") == words


def test_engines_are_found_by_scheme_and_an_unknown_one_says_which_there_are() -> None:
    assert [find_engine(engine.scheme) for engine in ENGINES] == list(ENGINES)
    assert find_engine(None) == default_engine()
    with pytest.raises(ValueError, match=r"no engine 'oracle' here: there is sqlite"):
        find_engine("oracle")


def test_stop_ends_the_matrix_and_what_was_run_stays() -> None:
    matrix = Matrix(all_scenarios(ENGINES[:1], rows=(0,)))
    list(run_matrix(matrix, lambda: len(matrix.runs) == 3))
    assert list(matrix.runs) == list(matrix.scenarios[:3])
    drawn = draw_matrix(matrix)
    assert str(drawn).startswith("3 of 30 runs")
    assert drawn.html.count("not run</td>") == 27


def test_a_buttons_work_is_done_on_the_main_threads_loop_and_not_in_the_middle_of_a_cell(runs: Runs) -> None:
    """As where a front end delivers a click on a thread of its own while a cell runs."""
    order: list[str] = []

    async def work() -> None:
        order.append(f"button on {threading.current_thread().name}")

    async def cell() -> None:
        between_cells = BetweenCells()
        click = threading.Thread(target=between_cells.start, args=(work,))
        click.start()
        click.join()
        order.append("cell")  # still running when the click had come
        await asyncio.sleep(0.01)

    asyncio.run(cell())
    assert order == ["cell", f"button on {threading.main_thread().name}"]


class Cells(HTMLParser):
    """The tables of a page: captions, scopes, and the text of each cell's summary and of what it opens."""

    def __init__(self) -> None:
        super().__init__()
        self.captions: list[str] = []
        self.cells: list[list[str]] = []
        self.unscoped = 0
        self.path: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "img"):
            return
        self.path.append(tag)
        if tag == "summary" and self.path[-3:] == ["td", "details", "summary"]:
            self.cells.append(["", ""])
        if tag == "th" and "scope" not in dict(attributes):
            self.unscoped += 1

    def handle_endtag(self, tag: str) -> None:
        while self.path and self.path.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.path[-1:] == ["caption"] and "details" not in self.path:
            self.captions.append(data)
        elif "details" in self.path and "td" in self.path and self.cells:
            summary = self.path[self.path.index("details") + 1 :][:1] == ["summary"]
            self.cells[-1][0 if summary else 1] += data


def test_each_cell_of_the_matrix_opens_its_own_run() -> None:
    matrix = Matrix(all_scenarios(ENGINES, rows=(0, 2), types=[ColumnType.BOOLEAN, ColumnType.STRING]))
    list(run_matrix(matrix))
    page = Cells()
    page.feed(draw_matrix(matrix).body)
    assert [caption.removeprefix("Outcomes on ") for caption in page.captions] == [engine.name for engine in ENGINES]
    assert page.unscoped == 0
    assert len(page.cells) == len(matrix.scenarios)
    for one, (summary, opened) in zip(matrix.scenarios, page.cells, strict=True):
        done = matrix.runs[one]
        assert done.outcome.value in summary  # words, not colour alone
        assert done.words[:40] in summary
        assert one.describe() in opened
        assert write_migrations(one)[0].text in opened


def test_a_matrix_of_all_combinations_covers_each_once() -> None:
    scenarios = all_scenarios(ENGINES)
    assert len(set(scenarios)) == len(scenarios) == len(ENGINES) * 3 * 5 * 6


def test_a_run_leaves_no_trace_in_this_python(runs: Runs) -> None:
    mine = types.ModuleType("models")
    sys.modules["models"] = mine
    path = list(sys.path)
    try:
        runs.run(scenario(Strategy.SERVER_DEFAULT))
        runs.run(scenario(Strategy.PLAIN))
        assert sys.modules["models"] is mine
        assert sys.path == path
    finally:
        del sys.modules["models"]


def test_a_run_goes_its_way_while_something_else_runs_alembic(tmp_path: Path) -> None:
    """Alembic can't run twice at once in one Python: a run is in another, and what builds a project here refuses."""
    one = scenario(Strategy.SERVER_DEFAULT)
    with open_runs() as runs:
        runs.prepare(one, tmp_path / "project")
    config = Config(tmp_path / "project" / "alembic.ini")
    with EnvironmentContext(config, ScriptDirectory.from_config(config)):
        with open_runs() as runs:
            assert runs.run(one).outcome is Outcome.WORKS
        with pytest.raises(BusyError, match="a cell is running Alembic"):
            build_project(tmp_path / "another", CREATED)
    build_project(tmp_path / "one_more", CREATED)


@pytest.mark.parametrize("rows", [-1, 100_001])
def test_a_number_of_rows_out_of_reach_says_which_are_in(rows: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 100,000"):
        scenario(Strategy.PLAIN, rows=rows)


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(tmp_path))
    return tmp_path


def test_the_last_run_can_be_looked_at_in_its_folder(scratch: Path) -> None:
    project = ScratchProject()
    try:
        project.run(scenario(Strategy.DROP_DEFAULT))
        done = project.run(scenario(Strategy.SERVER_DEFAULT))
    finally:
        project.close()
    versions = scratch / "playground" / "migrations" / "versions"
    assert {path.name: path.read_text() for path in versions.glob("0*.py") if path.name[:4] > "0001"} == {
        file.name: file.text for file in done.files
    }
    assert snapshot_file(scratch / "playground" / "app.db", module=ENGINES[0].module) == done.after
    assert not (scratch / "kept").exists()
    assert not list(scratch.glob(".new-*")) + list(scratch.glob(".old-*"))


def test_what_someone_edited_there_is_kept(scratch: Path) -> None:
    project = ScratchProject()
    try:
        done = project.run(scenario(Strategy.SERVER_DEFAULT))
        edited = scratch / "playground" / "migrations" / "versions" / done.files[0].name
        edited.write_text(edited.read_text() + "# mine\n")
        project.run(scenario(Strategy.PLAIN))
        project.run(scenario(Strategy.NULLABLE))
    finally:
        project.close()
    kept = list((scratch / "kept").rglob(edited.name))
    assert [path.read_text().endswith("# mine\n") for path in kept] == [True]


def test_a_folder_open_elsewhere_is_named_with_the_way_on(scratch: Path) -> None:
    lock = FolderLock(scratch / "playground")
    lock.acquire()
    try:
        with pytest.raises(InUseError, match=r"open in another kernel .*playground\('playground_2'\)"):
            playground()
    finally:
        lock.release()


def test_what_code_does_not_name_is_taken_from_the_controls_and_mistakes_say_what_there_is(scratch: Path) -> None:
    play = playground()
    try:
        drawn = play.run(strategy="server_default", literal="0")
        chosen = drawn.run.scenario
        assert (chosen.engine, chosen.rows, chosen.type) == (default_engine(), 2, ColumnType.BOOLEAN)
        drawn_matrix = play.matrix(engines=["sqlite"], rows=[2], types=["Boolean"], literals={"Boolean": "true"})
        assert {one.literal for one in drawn_matrix.matrix.runs} == {"true"}
        assert drawn_matrix.matrix.complete
        with pytest.raises(ValueError, match="no 'Enum' here: choose from 'Boolean', 'Integer'"):
            play.run(type="Enum")
        with pytest.raises(ValueError, match="no 'hope' here: choose from 'plain NOT NULL'"):
            play.run(strategy="hope")
    finally:
        play.close()


def test_engines_that_are_missing_are_named_with_what_brings_them_and_none_is_started(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("migration_lab.engines.postgresql.find_spec", lambda _: None)
    monkeypatch.setattr("migration_lab.engines.mariadb.shutil.which", lambda *_, **__: None)
    play = playground()
    try:
        controls = play._controls.widget
        (choice,) = [one for one in controls.children[0].children if one.description == "engine"]
        assert [name for name, _ in choice.options] == [engine.name for engine in ENGINES]
        notes = controls.children[-1].value
        for engine in all_engines():
            assert escape(engine.missing) in notes
        assert "apt install mariadb-server-core" in notes
        with pytest.raises(EngineError, match=r"^MariaDB is missing: apt install "):
            play.run(engine="mariadb")
        assert not (scratch / ".servers").exists()
    finally:
        play.close()


def test_the_button_runs_every_sqlite_and_the_engine_that_is_chosen(scratch: Path) -> None:
    play = playground()
    try:
        engines = play._controls.widget.children[0].children[0]
        label = play._controls.widget.children[1].children[1]
        assert label.description == f"Run all {90 * len(ENGINES)} combinations"
        servers = [engine for _, engine in engines.options if engine not in ENGINES]
        for engine in servers:
            engines.value = engine
            assert label.description == f"Run all {90 * (len(ENGINES) + 1)} combinations"
        assert not (scratch / ".servers").exists()
    finally:
        play.close()


def test_playing_again_in_the_same_kernel_takes_the_folder_over(scratch: Path) -> None:
    first = playground()
    second = playground()
    try:
        assert second.run().run.scenario.rows == 2
        with pytest.raises(ScratchError, match="closed"):
            first.run()
    finally:
        second.close()


def test_an_interrupt_ends_a_matrix_and_what_was_run_is_shown(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by Jupyter's stop button, in the middle of a run."""
    play = playground()
    original, asked = Rehearsals.run, []

    def interrupted(self: Rehearsals, plan: Plan, seconds: float | None = None) -> Report:
        asked.append(plan)
        if len(asked) == 4:  # the start is built by one, too
            signal.raise_signal(signal.SIGINT)
        return original(self, plan, seconds)

    monkeypatch.setattr(Rehearsals, "run", interrupted)
    try:
        drawn = play.matrix(engines=["sqlite"], rows=[2], types=["Boolean"])
        assert str(drawn).startswith("2 of 6 runs")
    finally:
        play.close()
