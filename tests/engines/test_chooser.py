"""Each migration that the chooser can write is run up and down, revision by revision, on the engine it is for."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic import command

from migration_lab.engines import find_engine
from migration_lab.lessons import Lesson
from migration_lab.playground import ENGINES, TYPES, Need, advise
from migration_lab.playground.advice import UNIQUE_TYPES, Advice

from .lessons import ENGINE_KEYS, on

ANSWERS = [
    Need(kind, required, one_value, unique, keep_default, writers, tool=tool)
    for kind in TYPES
    for tool, required, one_value, unique, keep_default, writers in itertools.product((False, True), repeat=6)
]
EVERYTHING = "MIGRATION_LAB_TEST_ALL"


def needs(engine: str) -> list[Need]:
    """One need for each different advice for an engine; without MIGRATION_LAB_TEST_ALL=1, one for each kind of advice.

    Among those, the types take turns; the default of a date is always there, which MariaDB takes for more.
    """
    different: dict[Advice, Need] = {}
    for answer in ANSWERS:
        need = replace(answer, engine=engine)
        if not need.unique or need.type in UNIQUE_TYPES:
            different.setdefault(advise(need), need)
    if os.environ.get(EVERYTHING) == "1":
        return list(different.values())
    kinds: dict[object, list[Need]] = {}
    for advice, need in different.items():
        stays = need.required and need.keep_default
        kinds.setdefault((advice.title, need.unique, stays, need.writers), []).append(need)
    chosen = [ones[turn % len(ones)] for turn, ones in enumerate(kinds.values())]
    return list(dict.fromkeys([*chosen, Need("DateTime", engine=engine)]))


# What is for any engine is run on every one.
PLACES = [(key, key) for key in ENGINES if key != "any"] + [("any", key) for key in ENGINE_KEYS]


@pytest.fixture(params=PLACES, ids=[f"{written} on {key}" for written, key in PLACES])
def place(request: pytest.FixtureRequest) -> Iterator[tuple[str, Lesson]]:
    written, key = request.param
    with on(key, "chooser") as lesson:
        yield written, lesson


def schema(lesson: Lesson) -> list[object]:
    """All that SQLAlchemy sees of the table, in an order of its own."""
    with lesson.engine.connect() as connection:
        look = sa.inspect(connection)
        columns = [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns("users")]
        uniques = sorted(tuple(unique["column_names"]) for unique in look.get_unique_constraints("users"))
        checks = sorted(str(check["name"]) for check in look.get_check_constraints("users"))
    return [columns, uniques, checks]


def test_the_migration_for_each_need_runs_up_and_down_with_rows_and_each_step_back_restores(
    place: tuple[str, Lesson],
) -> None:
    written, lesson = place
    for need in needs(written):
        lesson.reset(keep=False)
        files = advise(need).files()
        for revision, text in files:
            (lesson.versions / f"{revision}_value.py").write_text(text, encoding="utf-8")
        seen = [schema(lesson)]
        for revision, _ in files:
            command.upgrade(lesson.config, revision)
            seen.append(schema(lesson))
        check_result(lesson, need)
        for back in range(len(files), 0, -1):
            command.downgrade(lesson.config, f"{back:04}")
            assert schema(lesson) == seen[back - 1], (need, back)


def check_result(lesson: Lesson, need: Need) -> None:
    """The column and its values are what was asked for."""
    columns, uniques, _ = schema(lesson)
    name, _, nullable, default = columns[-1]  # type: ignore[index]
    assert (name, nullable) == ("value", not need.required), need
    assert (("value",) in uniques) is need.unique, need  # type: ignore[operator]
    stays = need.required and need.keep_default and not need.unique
    assert (default not in (None, "NULL")) is stays, need
    with lesson.engine.connect() as connection:
        values = list(connection.execute(sa.text("SELECT value FROM users ORDER BY id")).scalars())
    assert len(values) == 2, need
    assert (None in values) is not need.required, need
    if need.required and need.unique:
        assert len(set(values)) == 2, need


def test_every_engine_that_the_chooser_offers_is_one_of_the_course() -> None:
    assert {find_engine(key).key for key in ENGINES if key != "any"} == set(ENGINE_KEYS)


def test_only_what_is_for_any_engine_or_an_sqlite_is_in_batch_mode() -> None:
    for key in ENGINES:
        batch = any("batch_alter_table" in text for need in needs(key) for _, text in advise(need).files())
        assert batch is (key == "any" or key.startswith("sqlite")), key
