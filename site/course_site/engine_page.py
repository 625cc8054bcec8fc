"""The engine tables: each step is run on each database that is installed here, and its answer is the table's cell."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.util import CommandError

from migration_lab.engines import SQLite, installed_engines
from migration_lab.lessons import ADI_AND_JOHN, CREATED, Stage, build_project
from migration_lab.migrations import record_statements
from migration_lab.snapshot import Snapshot, diff, snapshot_file

FLAG = 'sa.Column("is_active", sa.Boolean(), {})'
ADD_NULLABLE = f'op.add_column("users", {FLAG.format("nullable=True")})'
ADD_DEFAULT = f'op.add_column("users", {FLAG.format("nullable=False, server_default=sa.true()")})'
ONE_AS_TEXT = 'nullable=False, server_default="1"'
BATCH = 'with op.batch_alter_table("users") as batch: batch.alter_column("is_active", {})'
FILL = 'op.execute(sa.update(sa.table("users", sa.column("is_active", sa.Boolean()))).values(is_active=sa.true()))'


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a migration to try, after ``before`` has run without a fault. ``rows`` are in the table then."""

    code: str
    before: tuple[str, ...] = ()
    rows: int = 2


STEPS = (
    Step(f'op.add_column("users", {FLAG.format("nullable=False")})'),
    Step(f'op.add_column("users", {FLAG.format("nullable=False")})', rows=0),
    Step(ADD_NULLABLE),
    Step(f'op.add_column("users", {FLAG.format(ONE_AS_TEXT)})'),
    Step(ADD_DEFAULT),
    Step('op.add_column("users", sa.Column("at", sa.DateTime(), nullable=False, server_default=sa.func.now()))'),
    Step('op.add_column("users", sa.Column("handle", sa.String(60), unique=True))'),
    Step(FILL, (ADD_NULLABLE,)),
    Step('op.alter_column("users", "is_active", nullable=False)', (ADD_NULLABLE, FILL)),
    Step(BATCH.format("existing_type=sa.Boolean(), nullable=False"), (ADD_NULLABLE, FILL)),
    Step(BATCH.format("existing_type=sa.Boolean(), nullable=False"), (ADD_NULLABLE,)),
    Step('op.alter_column("users", "is_active", server_default=None)', (ADD_DEFAULT,)),
    Step(BATCH.format("existing_type=sa.Boolean(), server_default=None"), (ADD_DEFAULT,)),
    Step('op.drop_column("users", "is_active")', (ADD_NULLABLE,)),
)

# What a table may have that a rebuild by batch mode doesn't bring back, each as SQLite's own SQL.
HANDMADE = {
    "UNIQUE beside a column": "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(50) UNIQUE, flag BOOLEAN)",
    "UNIQUE as a line of its own": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(50), flag BOOLEAN, UNIQUE (name))"
    ),
    "CHECK without a name": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT CHECK (length(name) > 1), flag BOOLEAN)"
    ),
    "CHECK with a name": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, flag BOOLEAN, "
        "CONSTRAINT long_name CHECK (length(name) > 1))"
    ),
    "AUTOINCREMENT": "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, flag BOOLEAN)",
    "COLLATE NOCASE": "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, flag BOOLEAN)",
    "a trigger": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, flag BOOLEAN); "
        "CREATE TRIGGER careful BEFORE DELETE ON users BEGIN SELECT raise(ABORT, 'no'); END"
    ),
    "an index on an expression": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, flag BOOLEAN); "
        "CREATE INDEX small_name ON users (lower(name))"
    ),
    "an index on a part of the rows": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, flag BOOLEAN); "
        "CREATE INDEX active ON users (name) WHERE flag"
    ),
    "STRICT": "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, flag INTEGER) STRICT",
}


def write_engine_page(path: Path, scratch: Path) -> None:
    """Run all steps on all engines, and put the tables into the page."""
    engines = installed_engines()
    text = path.read_text(encoding="utf-8")
    text = text.replace("STEP_TABLE", "\n".join(step_table(engines, scratch)))
    text = text.replace("LOSS_TABLE", "\n".join(loss_table(engines, scratch)))
    path.write_text(text, encoding="utf-8")


def step_table(engines: Sequence[SQLite], scratch: Path) -> list[str]:
    """A line a step, a column an engine."""
    lines = _head("step", engines)
    for number, step in enumerate(STEPS):
        answers = [
            _cell(answer(engine, step, scratch / f"step{number}_{place}")) for place, engine in enumerate(engines)
        ]
        where = "on an empty table" if not step.rows else _after(step)
        lines.append(f"| {_code(step.code)}{f' {where}' if where else ''} | {' | '.join(answers)} |")
    return lines


def _after(step: Step) -> str:
    filled = FILL in step.before
    if ADD_DEFAULT in step.before:
        return "on a column that has a default"
    if ADD_NULLABLE in step.before:
        return "on a nullable column, filled" if filled else "on a nullable column, not filled"
    return ""


def answer(engine: SQLite, step: Step, project: Path) -> str:
    """What the engine says to a step on a fresh database, in its own words where it refuses."""
    _prepare(engine, step.rows, project)
    database = engine.connect(engine.url(project))
    for line in step.before:
        with database.begin() as connection:
            _run(connection, line)
    before = _snapshot(engine, project)
    with record_statements() as statements:
        try:
            with database.begin() as connection:
                _run(connection, step.code)
        except (sa.exc.DBAPIError, NotImplementedError, CommandError) as error:
            words = str(getattr(error, "orig", None) or error).strip().splitlines()[0].partition(". ")[0]
            left = diff(before, _snapshot(engine, project)).describe()
            return f"✗ refused: {words}" + (f" (left behind: {'; '.join(left)})" if left else "")
    rebuilt = any("_alembic_tmp_" in statement.sql for statement in statements)
    return "✓ works; the table is rebuilt" if rebuilt else "✓ works"


def loss_table(engines: Sequence[SQLite], scratch: Path) -> list[str]:
    """What a rebuild loses without an error: a line for each thing that a table may have."""
    chosen = [engine for engine in engines if engine.scheme.startswith("sqlite")]
    lines = _head("the table has", chosen)
    for number, (thing, script) in enumerate(HANDMADE.items()):
        answers = [
            _cell(losses(engine, script, scratch / f"loss{number}_{place}")) for place, engine in enumerate(chosen)
        ]
        lines.append(f"| {thing} | {' | '.join(answers)} |")
    return lines


def losses(engine: SQLite, script: str, project: Path) -> str:
    """What is lost of a table made by hand when batch mode makes one of its columns NOT NULL."""
    _prepare(engine, 0, project)
    database = engine.connect(engine.url(project))
    with database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE users")
    with database.begin() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.executescript(script)
    before = _snapshot(engine, project)
    with warnings.catch_warnings(record=True) as warned, database.begin() as connection:
        warnings.simplefilter("always")
        _run(connection, 'with op.batch_alter_table("users") as batch: batch.alter_column("flag", nullable=False)')
    lost = diff(before, _snapshot(engine, project)).lost
    if not lost:
        return "✓ kept"
    heard = "with a warning" if warned else "in silence"
    return f"✗ lost {heard}: {'; '.join(change.describe().removesuffix(' vanished') for change in lost)}"


def _prepare(engine: SQLite, rows: int, project: Path) -> None:
    project.parent.mkdir(parents=True, exist_ok=True)
    build_project(project, Stage(CREATED.files, "0001", ADI_AND_JOHN if rows else ""), engine)


def _snapshot(engine: SQLite, project: Path) -> Snapshot:
    return snapshot_file(project / "app.db", module=engine.module)


def _run(connection: sa.Connection, code: str) -> None:
    """Run a line as a migration would."""
    operations = Operations(MigrationContext.configure(connection))
    exec(compile(textwrap.dedent(code), "<step>", "exec"), {"op": operations, "sa": sa})


def _head(first: str, engines: Sequence[SQLite]) -> list[str]:
    return [
        "{.engines}",
        f"| {first} | {' | '.join(engine.name for engine in engines)} |",
        "|---" * (len(engines) + 1) + "|",
    ]


def _cell(words: str) -> str:
    for sign in ("\\", "|", "*", "_", "`", "<", "[", "~"):
        words = words.replace(sign, f"\\{sign}")
    return words


def _code(code: str) -> str:
    return f"`{code}`".replace("|", "\\|")
