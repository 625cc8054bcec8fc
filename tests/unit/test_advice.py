"""The chooser's migrations are run: for every set of answers, on a table with rows, on both SQLites."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import ipywidgets
import pytest
from alembic import command

from migration_lab import SEEDED, open_lesson
from migration_lab.engines.sqlite import VARIABLE, has_native_set_not_null
from migration_lab.engines.sqlite import sqlite_driver as driver
from migration_lab.lab.installation import check_installation
from migration_lab.playground.advice import TYPES, UNIQUE_TYPES, Need, advise
from migration_lab.views import chooser, show_advice, show_installation

ANSWERS = [
    Need(kind, required, one_value, unique, keep_default, writers, tool=tool)
    for kind in TYPES
    for tool, required, one_value, unique, keep_default, writers in itertools.product((False, True), repeat=6)
]
# One for each different advice: many answers make no difference.
SENSIBLE = list({advise(need): need for need in ANSWERS if not need.unique or need.type in UNIQUE_TYPES}.values())


@pytest.fixture(params=["sqlite3", "pysqlite3"])
def scratch(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if request.param == "pysqlite3":
        pytest.importorskip("pysqlite3", reason="a Linux-only package: pip install pysqlite3")
    monkeypatch.setenv(VARIABLE, request.param)
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("kind", TYPES)
def test_every_advice_upgrades_a_filled_table_and_gives_what_was_asked_for(scratch: Path, kind: str) -> None:
    lesson = open_lesson("advice", SEEDED)
    try:
        for need in (need for need in SENSIBLE if need.type == kind):
            lesson.reset()
            for revision, text in advise(need).files():
                (lesson.versions / f"{revision}_value.py").write_text(text, encoding="utf-8")
            before = lesson.snapshot()
            command.upgrade(lesson.config, "head")
            users = lesson.snapshot().tables["users"]
            column = users.column("value")
            assert column is not None, need
            assert column.nullable is not need.required, need
            assert (("value",) in {unique.columns for unique in users.uniques}) is need.unique, need
            values = [row.cells[-1].text for row in users.page.rows]
            if need.required:
                assert "NULL" not in values, need
                stays = need.keep_default and not need.unique
                assert (column.default is not None) is stays, need
            if need.required and need.unique:
                assert len(set(values)) == users.row_count, need
            assert {("username",), ("email",)} <= {unique.columns for unique in users.uniques}, need
            command.downgrade(lesson.config, "0001")
            after = lesson.snapshot().tables["users"]
            assert (after.columns, after.page) == (before.tables["users"].columns, before.tables["users"].page), need
            assert set(after.uniques) == set(before.tables["users"].uniques), need
    finally:
        lesson.close()


@pytest.mark.parametrize("kind", sorted(set(TYPES) - set(UNIQUE_TYPES)))
def test_a_unique_column_without_room_is_refused_in_one_line(kind: str) -> None:
    with pytest.raises(ValueError, match=f"different values only for Integer and String, not for {kind}") as caught:
        advise(Need(kind, unique=True))
    assert "\n" not in str(caught.value)


def test_the_chooser_shows_the_migration_for_the_answers_and_says_why_there_is_none() -> None:
    box = chooser()
    kind, engine, *boxes, answer = box.children

    def code() -> str:
        return re.sub("<[^>]+>", "", answer.value)

    assert "server_default=sa.true()" in code()
    assert "Lesson 10 shows" not in answer.value
    writers = next(one for one in boxes if one.description.startswith("Do people write"))
    writers.value = True
    assert "Lesson 10 shows which version of your code breaks" in answer.value
    writers.value = False
    required = next(one for one in boxes if one.description.startswith("Must every row"))
    required.value = False
    assert "nullable=True" in code()
    assert "server_default" not in code()
    assert [one.disabled for one in boxes].count(True) == 4
    unique = next(one for one in boxes if one.description.startswith("Must every value"))
    unique.value = True
    assert "different values only for" in answer.value
    kind.value = "String"
    assert "create_unique_constraint" in code()
    required.value = True
    assert [one.disabled for one in boxes].count(True) == 2
    assert "sa.func.coalesce" in code()
    assert "batch_alter_table" in code()
    engine.value = "postgresql"
    assert "batch_alter_table" not in code()
    assert all(isinstance(one, ipywidgets.Checkbox) for one in boxes)


def test_advice_can_be_read_in_a_terminal() -> None:
    assert "op.add_column" in str(show_advice(Need()))


def test_the_installation_is_what_this_python_has(scratch: Path) -> None:
    installation = check_installation()
    assert driver().sqlite_version in installation.versions.values()
    can = any(line.startswith("It can make a column NOT NULL") for line in installation.consequences)
    assert can is has_native_set_not_null()
    assert driver().sqlite_version in show_installation().html
