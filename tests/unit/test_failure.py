"""Every failure that the course explains, brought about for real: by the database or by Alembic, not from a text."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.util import CommandError
from sqlalchemy.exc import StatementError

from migration_lab import Lesson, open_lesson
from migration_lab.engines import sqlite
from migration_lab.lessons import scratch
from migration_lab.migrations.failure import explain
from migration_lab.migrations.rules import ALEMBIC, SQLITE


@dataclass(frozen=True)
class Case:
    """What is done, and the beginning of the pattern of the rule that explains it.

    A SQLite as new as ``until`` or older than ``since`` refuses in other words.
    """

    act: Callable[[Lesson], None]
    pattern: str
    until: tuple[int, ...] = (9999,)
    since: tuple[int, ...] = ()


@pytest.fixture(params=["sqlite3", "pysqlite3"])
def lesson(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lesson]:
    """A seeded lesson on each SQLite."""
    name = request.param
    pytest.importorskip(name)
    monkeypatch.setenv(sqlite.VARIABLE, name)
    monkeypatch.setenv(scratch.VARIABLE, str(tmp_path))
    opened = open_lesson("02_failure")
    yield opened
    opened.close()


def operate(lesson: Lesson, work: Callable[[Operations], object]) -> None:
    with lesson.engine.begin() as connection:
        work(Operations(MigrationContext.configure(connection)))


def run(*statements: str) -> Callable[[Lesson], None]:
    def act(lesson: Lesson) -> None:
        with lesson.engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            for statement in statements:
                connection.exec_driver_sql(statement)

    return act


def add(*, server_default: sa.TextClause | None = None) -> Callable[[Lesson], None]:
    def work(op: Operations) -> None:
        op.add_column("users", sa.Column("is_active", sa.Boolean, nullable=False, server_default=server_default))

    return lambda lesson: operate(lesson, work)


def default_in_python(lesson: Lesson) -> None:
    operate(lesson, lambda op: op.add_column("users", sa.Column("x", sa.Boolean, server_default=True)))  # type: ignore[arg-type]


def add_twice(lesson: Lesson) -> None:
    for _ in range(2):
        operate(lesson, lambda op: op.add_column("users", sa.Column("is_active", sa.Boolean)))


def alter(**change: object) -> Callable[[Lesson], None]:
    return lambda lesson: operate(lesson, lambda op: op.alter_column("users", "email", **change))  # type: ignore[arg-type]


def rebuild(lesson: Lesson, **change: object) -> None:
    def work(op: Operations) -> None:
        with op.batch_alter_table("users") as batch:
            batch.alter_column("username", **change)  # type: ignore[arg-type]

    operate(lesson, work)


def rebuild_after_a_stop(lesson: Lesson) -> None:
    run("CREATE TABLE _alembic_tmp_users (id INTEGER)")(lesson)
    rebuild(lesson, nullable=False)


def rebuild_under_a_view(lesson: Lesson) -> None:
    run("CREATE VIEW everyone AS SELECT username FROM users")(lesson)
    rebuild(lesson, nullable=False)


def drop_a_unique_column(lesson: Lesson) -> None:
    operate(lesson, lambda op: op.drop_column("users", "email"))


def tighten_with_a_null(lesson: Lesson) -> None:
    def work(op: Operations) -> None:
        with op.batch_alter_table("users") as batch:
            batch.alter_column("email", nullable=False)

    operate(lesson, work)


def write_while_another_writes(lesson: Lesson) -> None:
    with closing(sqlite.sqlite_driver().connect(lesson.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        url = lesson.engine.url
        hasty = sa.create_engine(url, connect_args={"timeout": 0}, poolclass=sa.pool.NullPool)
        with hasty.begin() as connection:
            connection.exec_driver_sql("DELETE FROM users")


def add_a_constraint(lesson: Lesson) -> None:
    operate(lesson, lambda op: op.create_unique_constraint("both", "users", ["username", "email"]))


def revise(lesson: Lesson, revision: str, head: str = "head") -> None:
    command.revision(lesson.config, "x", rev_id=revision, head=head, splice=True)


def check_behind(lesson: Lesson) -> None:
    revise(lesson, "0002")
    command.check(lesson.config)


def upgrade_to_what_is_not_there(lesson: Lesson) -> None:
    command.upgrade(lesson.config, "0815")


def upgrade_with_two_heads(lesson: Lesson) -> None:
    revise(lesson, "0002a", "0001")
    revise(lesson, "0002b", "0001")
    command.upgrade(lesson.config, "head")


NATIVE = sqlite.NATIVE_SET_NOT_NULL
# Those of Alembic that only a server brings about are raised there: tests/engines/test_failures.py.
PATTERNS = [rule for rule in (*SQLITE, *ALEMBIC) if "MySQL" not in rule.pattern and "mysql" not in rule.pattern]
TIMESTAMP = sa.text("CURRENT_TIMESTAMP")
CASES: dict[str, Case] = {
    "add a column that must not be NULL": Case(add(), "Cannot add a NOT NULL column"),
    "a default that isn't constant": Case(add(server_default=TIMESTAMP), "Cannot add a column with"),
    "NOW()": Case(add(server_default=sa.text("(NOW())")), "Cannot add a column with"),
    "add it twice": Case(add_twice, "duplicate column name"),
    "a rebuild after one that stopped": Case(rebuild_after_a_stop, 'table \\"?(?P<name>_alembic_tmp'),
    "tighten in place, old": Case(alter(nullable=False), 'near \\"ALTER\\"', until=NATIVE),
    "tighten in place, new": Case(alter(nullable=False), "^constraint failed", since=NATIVE),
    "drop a default in place": Case(alter(server_default=None), 'near \\"(ALTER|DEFAULT)\\"'),
    "tighten in batch mode": Case(tighten_with_a_null, "NOT NULL constraint failed"),
    "an insert without a value": Case(
        run("CREATE TABLE c (x NOT NULL, y)", "INSERT INTO c (y) VALUES (1)"), "(?:NOT NULL) constraint failed"
    ),
    "a default that SQLite doesn't know": Case(
        run("CREATE TABLE c (x, y DEFAULT (NOW()))", "INSERT INTO c (x) VALUES (1)"), "unknown function"
    ),
    "a default that is no SQL": Case(default_in_python, "Argument 'arg'"),
    "one value for all of a UNIQUE": Case(run("UPDATE users SET email = 'x'"), "UNIQUE constraint failed"),
    "a CHECK": Case(run("CREATE TABLE c (x CHECK (x > 0))", "INSERT INTO c VALUES (0)"), "CHECK constraint failed"),
    "a CHECK with braces in its name": Case(
        run('CREATE TABLE c (x CONSTRAINT "{x} %s" CHECK (x > 0))', "INSERT INTO c VALUES (0)"), "CHECK constraint"
    ),
    "a foreign key": Case(
        run("CREATE TABLE c (u REFERENCES users)", "INSERT INTO c VALUES (9)"), "FOREIGN KEY constraint failed"
    ),
    "a column that isn't there": Case(run("SELECT is_active FROM users"), "no such column"),
    "a table that isn't there": Case(run("SELECT 1 FROM user"), "no such table"),
    "a rebuild under a view": Case(rebuild_under_a_view, "error in (?P<name>view"),
    "a column dropped under a rule": Case(drop_a_unique_column, "error in (?P<name>\\w+ .+?) after drop"),
    "two who write": Case(write_while_another_writes, "database is locked"),
    "a constraint added in place": Case(add_a_constraint, "No support for ALTER of constraints"),
    "check before the upgrade": Case(check_behind, "Target database is not up to date"),
    "a revision that isn't there": Case(upgrade_to_what_is_not_there, "Can't locate revision"),
    "two heads": Case(upgrade_with_two_heads, "Multiple head revisions"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_really_fails_is_explained_by_its_own_rule(lesson: Lesson, case: str) -> None:
    act, pattern = CASES[case].act, CASES[case].pattern
    with pytest.raises((sa.exc.SQLAlchemyError, CommandError, NotImplementedError)) as caught:
        act(lesson)
    told = explain(caught.value)
    if not CASES[case].since <= sqlite.version() < CASES[case].until:
        # Another version's words, which must not be taken for these.
        assert not re.search(pattern, f"{told.words}\n{told.sql}")
        return
    (rule,) = [rule for rule in PATTERNS if rule.pattern.startswith(pattern)]
    found = re.search(rule.pattern, f"{told.words}\n{told.sql}")
    assert found
    assert told.meaning == rule.meaning.format(**found.groupdict())
    assert told.remedy == rule.remedy.format(**found.groupdict())
    assert told.words in str(caught.value)
    assert "(Background on this error" not in told.words
    assert told.type == type(caught.value).__name__
    assert type(caught.value).__name__ in told.traceback
    assert "act(lesson)" in told.traceback
    by_database = isinstance(caught.value, StatementError)
    assert bool(told.sql) == by_database
    assert told.sql == told.sql.strip()


def test_every_rule_is_brought_about_by_some_case() -> None:
    covered = {case.pattern for case in CASES.values()}
    missing = [rule.pattern for rule in PATTERNS if not any(rule.pattern.startswith(each) for each in covered)]
    assert missing == []


def test_a_migration_that_python_cannot_read_is_told_with_its_file_and_line(lesson: Lesson) -> None:
    broken = "revision = '0002'\ndown_revision = '0001'\n\ndef upgrade()\n    pass\n"
    (lesson.versions / "0002_broken.py").write_text(broken, encoding="utf-8")
    with pytest.raises(SyntaxError) as caught:
        command.upgrade(lesson.config, "head")
    told = explain(caught.value)
    assert told.meaning == "Python can’t read 0002_broken.py: it stopped at line 4."
    assert "%%writefile" in told.remedy


def test_an_error_that_no_rule_knows_keeps_its_words_and_says_so(lesson: Lesson) -> None:
    with pytest.raises(sa.exc.OperationalError) as caught:
        run("SELEKT 1")(lesson)
    told = explain(caught.value)
    assert told.words == 'near "SELEKT": syntax error'
    assert told.sql == "SELEKT 1"
    assert "isn’t in the course’s book" in told.meaning
    assert told.remedy == ""


def test_a_value_that_sqlalchemy_refuses_itself_is_shown_without_its_wrapping(lesson: Lesson) -> None:
    insert = sa.insert(sa.table("users", sa.column("email", sa.DateTime))).values(email="yesterday")
    with pytest.raises(StatementError) as caught, lesson.engine.begin() as connection:
        connection.execute(insert)
    told = explain(caught.value)
    assert told.words.startswith("SQLite DateTime type only accepts Python datetime")
    assert told.sql.startswith("INSERT INTO users")


@pytest.mark.parametrize("error", [ValueError(), KeyError("x"), sqlite3.OperationalError("no such table: t")])
def test_any_error_can_be_explained(error: Exception) -> None:
    told = explain(error)
    assert told.words == (str(error) or type(error).__name__)
    assert told.meaning
    assert told.sql == ""
