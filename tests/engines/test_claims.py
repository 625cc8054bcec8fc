"""Each sentence of lessons 1 to 6 about another database is run there by the test that is named after it.

A test first looks whether the sentence is still in its place. No MySQL can be had here: what is said of it is run on
MariaDB, from the SQL that Alembic writes for both.
"""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import nbformat
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from migration_lab.lessons import Lesson
from migration_lab.migrations import record_statements
from migration_lab.playground import Need, advise

from .lessons import ENGINE_KEYS, on, write_revision

ROOT = Path(__file__).resolve().parents[2]
SQLITES = ("sqlite", "sqlite-modern")
POSTGRESQLS = ("postgresql", "postgresql-16")
SERVERS = (*POSTGRESQLS, "mariadb")

ADD = 'op.add_column("users", sa.Column("is_active", sa.Boolean(), nullable={}))\n'
DEFAULT = 'op.add_column("users", sa.Column("value", sa.{}, nullable=False, server_default={}))\n'
FILL = """users = sa.table("users", sa.column("is_active", sa.Boolean()))
op.execute(sa.update(users).values(is_active=sa.true()))
"""
BATCH = """with op.batch_alter_table("users") as batch_op:
    batch_op.alter_column("{}", existing_type=sa.Boolean(), {})
"""


def said(place: str, sentence: str) -> None:
    """The sentence is in its place: a cell as ``02_failure#summary``, or a file. How it is linked doesn't matter."""
    name, _, cell = place.partition("#")
    if cell:
        cells = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4).cells
        text = next(one.source for one in cells if one.id == cell)
    else:
        text = (ROOT / name).read_text(encoding="utf-8")
    assert sentence in unlinked(text), f"{place} doesn't say any more: {sentence}"


def unlinked(text: str) -> str:
    """The words alone: links without where they lead, white space as one space."""
    return " ".join(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).split())


def run(lesson: Lesson, upgrade: str) -> DBAPIError | CommandError | None:
    """Reset, and upgrade with this migration: the error, if any."""
    lesson.reset(keep=False)
    write_revision(lesson.folder, upgrade)
    try:
        command.upgrade(lesson.config, "head")
    except (DBAPIError, CommandError) as error:
        return error
    return None


def passes(lesson: Lesson, upgrade: str) -> None:
    assert run(lesson, upgrade) is None


def values(lesson: Lesson, sql: str) -> list[Any]:
    with lesson.engine.begin() as connection:
        return list(connection.execute(sa.text(sql)).scalars())


def column(lesson: Lesson, name: str) -> Any:
    """The column as SQLAlchemy sees it, or None."""
    return {one["name"]: one for one in sa.inspect(lesson.engine).get_columns("users")}.get(name)


def written(lesson: Lesson, upgrade: str) -> list[str]:
    """The statements that write, Alembic's own left out."""
    lesson.reset(keep=False)
    write_revision(lesson.folder, upgrade)
    with record_statements() as statements:
        command.upgrade(lesson.config, "head")
    return [s.sql for s in statements if s.kind in ("schema", "data") and "alembic_version" not in s.sql]


@pytest.fixture(params=ENGINE_KEYS)
def everywhere(request: pytest.FixtureRequest) -> Iterator[Lesson]:
    with on(request.param, "claims") as lesson:
        yield lesson


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[Lesson]:
    with on(request.param, "claims") as lesson:
        yield lesson


@pytest.fixture(params=POSTGRESQLS)
def postgresql(request: pytest.FixtureRequest) -> Iterator[Lesson]:
    with on(request.param, "claims") as lesson:
        yield lesson


@pytest.fixture(params=SQLITES)
def sqlite(request: pytest.FixtureRequest) -> Iterator[Lesson]:
    with on(request.param, "claims") as lesson:
        yield lesson


@pytest.fixture
def mariadb() -> Iterator[Lesson]:
    with on("mariadb", "claims") as lesson:
        yield lesson


def test_for_unique_two_nulls_are_never_equal(everywhere: Lesson) -> None:
    said("01_situation#unique-text", "for UNIQUE, two NULLs are never equal")
    assert values(everywhere, "SELECT count(*) FROM users WHERE email IS NULL") == [2]
    with pytest.raises(DBAPIError):
        values(everywhere, "INSERT INTO users (username) VALUES ('adi')")


def test_postgresql_refuses_too_in_other_words(postgresql: Lesson) -> None:
    said("02_failure#summary", "PostgreSQL refuses too, in other words.")
    error = run(postgresql, ADD.format(False))
    assert 'column "is_active" of relation "users" contains null values' in str(error)
    assert column(postgresql, "is_active") is None


def test_mariadb_accepts_and_switches_everybody_off(mariadb: Lesson) -> None:
    said("02_failure#summary", "MariaDB *accepts*, and switches everybody off.")
    passes(mariadb, ADD.format(False))
    assert values(mariadb, "SELECT is_active FROM users") == [0, 0]


@pytest.mark.parametrize("key", ENGINE_KEYS)
def test_an_empty_table_takes_anything(key: str) -> None:
    said("06_choose#cheat-sheet", "an empty table takes anything")
    with on(key, "claims") as lesson:
        passes(lesson, 'op.execute("DELETE FROM users")\n' + ADD.format(False))


def test_no_sqlite_can_drop_a_default_old_or_new(sqlite: Lesson) -> None:
    said("03_server_default#batch-text", "No SQLite can do that, old or new.")
    said("src/migration_lab/migrations/rules/sqlite.py", "SQLite can’t change a column’s default.")
    drop = 'op.alter_column("users", "value", server_default=None)'
    assert "syntax error" in str(run(sqlite, DEFAULT.format("Boolean()", "sa.true()") + drop))


def test_postgresql_and_mariadb_get_one_plain_alter_from_the_same_code(server: Lesson) -> None:
    said("03_server_default#batch-after", "PostgreSQL and MariaDB get one plain ALTER from the same code.")
    first = DEFAULT.format("Boolean()", "sa.true()")
    statements = written(server, first + BATCH.format("value", "server_default=None"))
    assert len(statements) == 2
    assert statements[1].startswith("ALTER TABLE users ALTER COLUMN value DROP DEFAULT")


def test_in_batch_mode_everybody_who_writes_waits_until_it_is_through(sqlite: Lesson) -> None:
    said("03_server_default#batch-after", "everybody who writes waits until it is through")
    refused: list[str] = []

    def try_to_write(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.strip().startswith("DROP TABLE users"):  # the rows are copied
            other = sa.create_engine(sqlite.url, connect_args={"timeout": 0}, module=sqlite.engine.dialect.dbapi)
            with pytest.raises(DBAPIError) as caught, other.begin() as connection:
                connection.execute(sa.text("UPDATE users SET email = 'x' WHERE id = 1"))
            refused.append(str(caught.value.orig))

    sa.event.listen(sa.Engine, "before_cursor_execute", try_to_write)
    try:
        passes(sqlite, DEFAULT.format("Boolean()", "sa.true()") + BATCH.format("value", "server_default=None"))
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", try_to_write)
    assert refused == ["database is locked"]


def test_sa_true_says_it_in_each_engines_own_way(everywhere: Lesson) -> None:
    said("03_server_default#trap-after", "`sa.true()` is better, since it says it in each engine’s own way")
    for spelling in ("sa.true()", "'1'"):
        passes(everywhere, DEFAULT.format("Boolean()", spelling))
        users = sa.table("users", sa.column("value", sa.Boolean))
        with everywhere.engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).where(users.c.value == sa.true())) == 2


def test_the_text_true_is_not_1(sqlite: Lesson, mariadb: Lesson) -> None:
    said("06_choose#cheat-sheet", "`server_default=sa.true()`, never `'true'` | the text `'true'` isn’t 1")
    passes(sqlite, DEFAULT.format("Boolean()", "'true'"))
    assert values(sqlite, "SELECT count(*) FROM users WHERE value = 1") == [0]
    assert "1067" in str(run(mariadb, DEFAULT.format("Boolean()", "'true'")))


@pytest.mark.parametrize("clock", ["sa.text('NOW()')", "sa.text('CURRENT_TIMESTAMP')", "sa.func.now()"])
def test_postgresql_and_mariadb_take_now_and_current_timestamp_at_once(server: Lesson, clock: str) -> None:
    said("03_server_default#summary", "PostgreSQL and MariaDB take `NOW()` and `CURRENT_TIMESTAMP` at once.")
    passes(server, DEFAULT.format("DateTime()", clock))
    assert len(set(values(server, "SELECT value FROM users"))) == 1


@pytest.mark.parametrize("key", ENGINE_KEYS)
def test_sa_func_now_is_spelled_right_for_each(key: str) -> None:
    said("03_server_default#summary", "`sa.func.now()` is spelled right for each.")
    said("06_choose#cheat-sheet", "timestamps: `server_default=sa.func.now()`; on SQLite in batch mode")
    with on(key, "claims") as lesson:
        add = DEFAULT.format("DateTime()", "sa.func.now()").replace('op.add_column("users", ', "batch_op.add_column(")
        passes(lesson, f'with op.batch_alter_table("users") as batch_op:\n    {add}')
        assert None not in values(lesson, "SELECT value FROM users")
        assert values(lesson, "INSERT INTO users (username) VALUES ('eva') RETURNING id") == [3]


def test_with_rows_sqlite_adds_a_column_with_a_constant_default_only(sqlite: Lesson) -> None:
    said("03_server_default#timestamp-after", "With rows, SQLite adds a column with a *constant* default only")
    assert "non-constant default" in str(run(sqlite, DEFAULT.format("DateTime()", "sa.func.now()")))


def test_sqlite_can_do_the_third_step_itself_since_3_53(sqlite: Lesson) -> None:
    said("04_backfill#one-after", "SQLite can do the third step itself since 3.53. Before that, plain `alter_column`")
    said(
        "src/migration_lab/migrations/rules/sqlite.py",
        "This SQLite has no ALTER TABLE … ALTER COLUMN (it came with 3.53).",
    )
    version = tuple(map(int, values(sqlite, "SELECT sqlite_version()")[0].split(".")))
    error = run(sqlite, ADD.format(True) + FILL + 'op.alter_column("users", "is_active", nullable=False)')
    assert (error is None) is (version >= (3, 53))
    assert error is None or "syntax error" in str(error)


def test_since_3_53_sqlite_can_add_and_drop_not_null_and_check() -> None:
    said("src/migration_lab/migrations/rules/sqlite.py", "Since 3.53 it can add and drop NOT NULL and CHECK.")
    with on("sqlite-modern", "claims") as lesson:
        steps = (
            "ALTER COLUMN id SET NOT NULL",
            "ALTER COLUMN id DROP NOT NULL",
            "ADD CONSTRAINT positive CHECK (id > 0)",
            "DROP CONSTRAINT positive",
        )
        passes(lesson, "\n".join(f'op.execute("ALTER TABLE users {step}")' for step in steps))


def test_postgresql_does_it_itself_mariadb_cannot(server: Lesson) -> None:
    said("04_backfill#atomic-text", "On SQLite only: PostgreSQL does it itself, MariaDB can’t.")
    tighten = 'op.alter_column("users", "is_active", existing_type=sa.Boolean(), nullable=False)'
    assert run(server, ADD.format(True) + tighten) is not None
    assert (column(server, "is_active") is None) is (server.kind.dialect == "postgresql")
    assert values(server, "SELECT version_num FROM alembic_version") == ["0001"]


def test_three_changes_let_it_run_on_every_engine(everywhere: Lesson) -> None:
    said("04_backfill#portable-text", "Three changes let it run on every engine:")
    passes(everywhere, ADD.format(True) + FILL + BATCH.format("is_active", "nullable=False"))
    assert column(everywhere, "is_active")["nullable"] is False
    assert [bool(value) for value in values(everywhere, "SELECT is_active FROM users")] == [True, True]


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("04_backfill#portable-text", "MariaDB wants the one, and drops the other."),
        ("06_choose#cheat-sheet", "MariaDB wants the type, and drops a default that you don’t repeat"),
    ],
)
def test_mariadb_wants_the_type_and_drops_a_default_that_you_do_not_repeat(
    mariadb: Lesson, place: str, sentence: str
) -> None:
    said(place, sentence)
    assert "require the existing type" in str(
        run(mariadb, ADD.format(True) + FILL + 'op.alter_column("users", "is_active", nullable=False)')
    )
    add = DEFAULT.format("Boolean()", "sa.true()")
    passes(mariadb, add + BATCH.format("value", "nullable=True"))
    assert column(mariadb, "value")["default"] in (None, "NULL")
    passes(mariadb, add + BATCH.format("value", "nullable=True, existing_server_default=sa.true()"))
    assert column(mariadb, "value")["default"] == "1"


@pytest.mark.parametrize("key", ["postgresql", "mariadb"])
def test_postgresql_gets_its_true_mysql_and_mariadb_the_whole_column_again_neither_a_second_table(key: str) -> None:
    said(
        "04_backfill#others-after",
        "PostgreSQL gets its `true`, MySQL and MariaDB the whole column again, neither a second table.",
    )
    with on(key, "claims") as lesson:
        upgrade = ADD.format(True) + FILL + BATCH.format("is_active", "nullable=False")
        statements = written(lesson, upgrade)
        offline = StringIO()
        options = {"as_sql": True, "literal_binds": True, "output_buffer": offline}
        context = MigrationContext.configure(dialect_name=lesson.kind.dialect, opts=options)
        with Operations.context(context):
            runpy.run_path(str(lesson.versions / "0002_it.py"))["upgrade"]()
    assert [sql.split()[0] for sql in statements] == ["ALTER", "UPDATE", "ALTER"]
    assert statements[2] in offline.getvalue()
    if key == "mariadb":
        assert statements[2] == "ALTER TABLE users MODIFY is_active BOOL NOT NULL"
    else:
        assert "SET is_active=true" in statements[1]


def test_in_one_migration_writers_wait_on_postgresql_readers_too(postgresql: Lesson) -> None:
    said("04_backfill#deploys-text", "writers wait until it is through (on PostgreSQL readers, too)")
    waited: list[str] = []

    def try_to_read(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "SET is_active" in statement:  # the column is added, the migration not through
            with postgresql.kind.connect(postgresql.url).connect() as other:
                other.exec_driver_sql("SET lock_timeout = '100ms'")
                with pytest.raises(DBAPIError) as caught:
                    other.exec_driver_sql("SELECT * FROM users")
                waited.append(type(caught.value.orig).__name__)

    sa.event.listen(sa.Engine, "before_cursor_execute", try_to_read)
    try:
        passes(postgresql, ADD.format(True) + FILL + BATCH.format("is_active", "nullable=False"))
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", try_to_read)
    assert waited == ["LockNotAvailable"]


def test_then_old_code_which_does_not_know_the_column_is_refused(everywhere: Lesson) -> None:
    said("04_backfill#deploys-text", "then old code, which doesn’t know the column, is refused.")
    passes(everywhere, ADD.format(True) + FILL + BATCH.format("is_active", "nullable=False"))
    with pytest.raises(DBAPIError):
        values(everywhere, "INSERT INTO users (username) VALUES ('late')")


def test_by_hand_it_is_two_bars_on_sqlite_and_postgresql_which_mariadb_reads_as_or(everywhere: Lesson) -> None:
    said(
        "src/migration_lab/exercises/lesson_05/exercise_4/task.py",
        'joins strings in each engine\'s " "way. Written by hand it is `||` on SQLite and PostgreSQL, which MariaDB '
        "reads as OR.",
    )
    joined = values(everywhere, "SELECT 'a' || id FROM users ORDER BY id")
    assert joined == ([1, 1] if everywhere.kind.key == "mariadb" else ["a1", "a2"])
    users = sa.table("users", sa.column("id", sa.Integer))
    with everywhere.engine.connect() as connection:
        both = sa.literal("a") + sa.cast(users.c.id, sa.String)
        assert list(connection.scalars(sa.select(both).order_by(users.c.id))) == ["a1", "a2"]


def test_sqlite_keeps_all_letters_postgresql_and_mariadb_refuse_a_name_of_more_than_50(everywhere: Lesson) -> None:
    said(
        "src/migration_lab/exercises/lesson_05/exercise_3/wrong/too_short.py",
        "SQLite keeps all letters. PostgreSQL and MariaDB refuse a name of more than 50.",
    )
    add = 'op.add_column("users", sa.Column("display_name", sa.String(50)))\n'
    error = run(everywhere, add + "op.execute(\"UPDATE users SET display_name = '" + "x" * 80 + "'\")")
    if everywhere.kind.dialect == "sqlite":
        assert error is None
        assert values(everywhere, "SELECT display_name FROM users") == ["x" * 80] * 2
    else:
        assert "too long" in str(error)


def test_postgresql_compares_no_number_with_true(everywhere: Lesson) -> None:
    said(
        "src/migration_lab/exercises/lesson_03/exercise_1/wrong/a_number.py",
        "On SQLite one sees no difference; PostgreSQL compares no number with true.",
    )
    passes(everywhere, DEFAULT.format("Integer()", "'1'"))
    sql = "SELECT count(*) FROM users WHERE value = true"
    if everywhere.kind.dialect == "postgresql":
        with pytest.raises(DBAPIError, match="operator does not exist: integer = boolean"):
            values(everywhere, sql)
    else:
        assert values(everywhere, sql) == [2]


def test_postgresql_wants_a_boolean(everywhere: Lesson) -> None:
    said("06_choose#cheat-sheet", "`sa.update(sa.table(...))`, not `= 1`, not the model | PostgreSQL wants a boolean;")
    error = run(everywhere, ADD.format(True) + 'op.execute("UPDATE users SET is_active = 1")')
    assert (error is not None) is (everywhere.kind.dialect == "postgresql")
    assert error is None or "is of type boolean but expression is of type integer" in str(error)


def test_a_constant_default_is_one_statement_no_row_rewritten(everywhere: Lesson) -> None:
    said("06_choose#cheat-sheet", "constant for all rows? `server_default` | one statement, no row rewritten")
    assert len(written(everywhere, DEFAULT.format("Boolean()", "sa.true()"))) == 1
    add = "ALTER TABLE users ADD other BOOL NOT NULL DEFAULT true"
    with everywhere.engine.begin() as connection:
        if everywhere.kind.dialect == "postgresql":  # a rewritten table is another file
            file = "SELECT pg_relation_filenode('users')"
            before = connection.exec_driver_sql(file).scalar_one()
            connection.exec_driver_sql(add)
            assert connection.exec_driver_sql(file).scalar_one() == before
        elif everywhere.kind.key == "mariadb":  # refused where it would have to touch a row
            connection.exec_driver_sql(f"{add}, ALGORITHM=INSTANT")
        else:  # the pages that hold the rows are the same, byte for byte
            page = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'users'").scalar_one()
            size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    if everywhere.kind.dialect == "sqlite":
        start = (page - 1) * size
        before = everywhere.database.read_bytes()[start : start + size]
        with everywhere.engine.begin() as connection:
            connection.exec_driver_sql(add)
        assert everywhere.database.read_bytes()[start : start + size] == before


def test_on_a_big_table_on_postgresql_every_lock_is_short(postgresql: Lesson) -> None:
    said(
        "06_choose#cheat-sheet",
        "a big table on PostgreSQL: `lock_timeout`; backfill in chunks; `CHECK … NOT VALID`, `VALIDATE`, then "
        "`SET NOT NULL`; since 18 `NOT NULL … NOT VALID`, `VALIDATE` | every lock is short",
    )
    need = Need("Integer", one_value=False, writers=True, engine=postgresql.kind.key)
    for revision, text in advise(need).files():
        (postgresql.versions / f"{revision}_value.py").write_text(text, encoding="utf-8")
    seen: list[str] = []

    def read_and_write(_: Any, __: Any, statement: str, *___: Any) -> None:
        """What takes long is done: the rows are looked at, or a chunk of them is filled."""
        if "VALIDATE" in statement or statement.startswith("UPDATE users"):
            with postgresql.kind.connect(postgresql.url).begin() as other:
                other.exec_driver_sql("SET lock_timeout = '500ms'")
                other.exec_driver_sql("SELECT count(*) FROM users")
                other.exec_driver_sql(f"INSERT INTO users (username, value) VALUES ('new {len(seen)}', 7)")
            seen.append(statement.split()[0])

    sa.event.listen(sa.Engine, "after_cursor_execute", read_and_write)
    try:
        command.upgrade(postgresql.config, "0002")
        with postgresql.kind.connect(postgresql.url).connect() as reader:
            reader.exec_driver_sql("SELECT * FROM users")  # and holds its lock
            for revision in ("0003", "0004", "0005"):
                if revision == "0004":
                    with pytest.raises(DBAPIError, match="lock timeout"):
                        command.upgrade(postgresql.config, revision)
                    reader.rollback()
                command.upgrade(postgresql.config, revision)
    finally:
        sa.event.remove(sa.Engine, "after_cursor_execute", read_and_write)
    assert seen == ["UPDATE", "UPDATE", "UPDATE", "ALTER"]
    assert column(postgresql, "value")["nullable"] is False
    assert values(postgresql, "SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == [0]


def test_a_number_given_by_hand_would_leave_postgresqls_sequence_behind(postgresql: Lesson) -> None:
    said(
        "src/migration_lab/exercises/lesson_06/exercise_2/right/in_python.py",
        "a number given by hand would leave # PostgreSQL's sequence behind.",
    )
    insert = "sa.insert(teams).values({}name='none')"
    columns = 'sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text)'
    make = f'teams = op.create_table("teams", {columns})\n'
    passes(postgresql, f"{make}op.execute({insert.format('')})")
    assert values(postgresql, "INSERT INTO teams (name) VALUES ('next') RETURNING id") == [2]
    passes(postgresql, f"{make}op.execute({insert.format('id=1, ')})")
    with pytest.raises(DBAPIError, match="duplicate key"):
        values(postgresql, "INSERT INTO teams (name) VALUES ('next')")


@pytest.mark.parametrize("solution", ["window_function", "counted_in_python"])
def test_an_index_that_begins_with_it_serves_the_foreign_key_and_mariadb_will_not_drop_it(
    mariadb: Lesson, solution: str
) -> None:
    said(
        f"src/migration_lab/exercises/lesson_06/exercise_3/right/{solution}.py",
        "user_id is second: an index that begins with it serves the # foreign key, and MariaDB won't drop it",
    )
    orders = """op.create_table(
    "orders",
    sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id")),
    sa.Column("number", sa.Integer()),
)
op.create_unique_constraint("uq_orders_number", "orders", {})
op.drop_constraint("uq_orders_number", "orders", type_="unique")
"""
    passes(mariadb, orders.format(["number", "user_id"]))
    assert "1553" in str(run(mariadb, orders.format(["user_id", "number"])))


def test_no_sentence_about_another_database_is_left_out() -> None:
    """Of lessons 1 to 6 and their exercises: without the sentences that a test here looks for, none names one."""
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    sentences = {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    sentences = {one for one in sentences if len(one) > 20} | {
        "in the spelling that PostgreSQL people know"
    }  # no claim
    places = {
        f"{path.stem}#{cell.id}": cell.source
        for path in (ROOT / "notebooks").glob("0[1-6]_*.ipynb")
        for cell in nbformat.read(path, 4).cells
        if cell.cell_type == "markdown"
    }
    for path in (ROOT / "src/migration_lab/exercises").glob("lesson_0[1-6]/**/*.py"):
        places[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
    for place, text in places.items():
        rest = unlinked(text)
        for sentence in sorted(sentences, key=len, reverse=True):
            rest = rest.replace(sentence, "")
        assert re.findall(r"[^.|]*(?:PostgreSQL|MariaDB|MySQL)[^.|]*", rest) == [], f"{place}: run it by a test here"
