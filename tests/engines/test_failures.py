"""Each error that the course explains, raised for real on the engine that says it, as on the site's page of errors."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from course_site.failing_runs import RUNS, Run
from course_site.measuring import Measured, course_engines, measure_all
from course_site.trials import Outcome

from migration_lab.migrations.failure import error_code, explain
from migration_lab.migrations.rules import MARIADB, POSTGRESQL, Rule

UNKNOWN = "isn’t in the course’s book"


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder of this test's own for what is temporary, with a path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="t-") as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", name)
        yield Path(name)


@pytest.fixture(scope="module")
def measured(place: Path) -> dict[str, Measured]:
    """What each engine did. Skips the test where one is missing."""
    if missing := [engine.missing for engine in course_engines() if engine.missing]:
        pytest.skip("; ".join(missing))
    return {engine.key: engine for engine in measure_all(zoo=None)}


def failures(engine: Measured) -> list[tuple[Run, Outcome]]:
    return [(run, outcome) for run, outcome in engine.runs if outcome.failure is not None]


def test_every_failure_is_explained_on_every_engine(measured: dict[str, Measured]) -> None:
    for engine in measured.values():
        for run, outcome in failures(engine):
            assert outcome.failure is not None
            assert UNKNOWN not in outcome.failure.meaning, f"{engine.name}: {run.code}: {outcome.failure.words}"
            assert outcome.failure.remedy


@pytest.mark.parametrize(("keys", "rules"), [(("postgresql", "postgresql-16"), POSTGRESQL), (("mariadb",), MARIADB)])
def test_every_rule_is_brought_about_by_some_run(
    measured: dict[str, Measured], keys: tuple[str, ...], rules: tuple[Rule, ...]
) -> None:
    words = [(rule.meaning.format(), rule.remedy.format()) for rule in rules]
    assert len(set(words)) == len(words)  # or one rule could stand in for another
    for key in keys:
        told = {(o.failure.meaning, o.failure.remedy) for _, o in failures(measured[key]) if o.failure}
        assert [rule.code for rule, said in zip(rules, words, strict=True) if said not in told] == []


def test_what_passes_in_silence_is_what_the_lessons_say(measured: dict[str, Measured]) -> None:
    passed = {
        (key, run.code, outcome.filled)
        for key, engine in measured.items()
        for run, outcome in engine.runs
        if outcome.failure is None
    }
    assert passed == {("mariadb", RUNS["The new column"][0].code, ("0",))}


def test_postgresql_leaves_nothing_of_a_migration_that_failed_and_mariadb_what_came_before(
    measured: dict[str, Measured],
) -> None:
    for key in ("postgresql", "postgresql-16"):
        assert [run.code for run, outcome in failures(measured[key]) if outcome.diff] == []
    left = {
        line for _, outcome in failures(measured["mariadb"]) for line in outcome.diff.describe() if "is_active" in line
    }
    assert left == {"users: column is_active appeared (BOOLEAN, NULL allowed)"}


def test_the_servers_of_a_build_end_with_it_and_their_folder_goes(measured: dict[str, Measured], place: Path) -> None:
    assert list(place.iterdir()) == []
    lines = {path: path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()}
    assert [line for line in lines.values() if str(place).encode() in line] == []


@pytest.mark.parametrize("error", [KeyError(1062), OSError(1205, "no"), ValueError("x")])
def test_a_number_is_a_code_only_where_a_database_said_it(error: Exception) -> None:
    assert error_code(error) == ""
    assert UNKNOWN in explain(error).meaning


def test_a_drivers_own_error_has_the_same_code_as_one_wrapped_by_sqlalchemy() -> None:
    pymysql = pytest.importorskip("pymysql")
    own = pymysql.err.IntegrityError(1048, "Kolom 'x' kan niet null zijn")
    wrapped = sa.exc.IntegrityError("UPDATE users SET x = NULL", {}, own)
    assert error_code(own) == "1048"
    assert explain(own).meaning == explain(wrapped).meaning == MARIADB[0].meaning
