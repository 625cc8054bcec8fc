"""The rolling deploy on SQLite and PostgreSQL: what fails, and what doesn't, is counted in requests that were sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic import command

from engines.lessons import on
from migration_lab.backfill import backfill
from migration_lab.deploy import APP, DeployError, Rollout, calls_to, environment, make_matrix, play, rollout
from migration_lab.lessons import Lesson
from migration_lab.load import fill_users

ROWS = 20_000
ALL = ["SELECT", "INSERT", "UPDATE"]
IN_ORDER = (
    "alembic upgrade 0002",
    "deploy between",
    "backfill",
    "alembic upgrade 0003",
    "deploy after",
    "alembic upgrade 0004",
)


@pytest.fixture(params=("sqlite", "postgresql"))
def lesson(request: pytest.FixtureRequest) -> Iterator[Lesson]:
    """The app's project."""
    with on(request.param, "deploy", APP) as lesson:
        yield lesson


def failed(people: Rollout) -> Counter[str]:
    """How many requests failed, by their version and what they asked for."""
    return Counter(f"{one.kind} {one.client}" for one in people.outcome().failures)


def upgrade(people: Rollout, lesson: Lesson, revision: str) -> None:
    with people.step(f"alembic upgrade {revision}"):
        command.upgrade(lesson.config, revision)


def test_the_matrix_says_what_each_version_can_do_at_each_step(lesson: Lesson) -> None:
    before = lesson.snapshot()
    matrix = make_matrix(lesson)
    broken = [[matrix.broken(step, version) for version in matrix.versions] for step in matrix.steps]
    assert broken == [
        [[], ALL, ALL],
        [[], [], ["SELECT", "UPDATE"]],
        [[], [], []],
        [[], [], []],
        [["INSERT"], [], []],
    ]
    assert lesson.snapshot() == before
    (_, answer), *_ = matrix.answers[matrix.steps[0], "after"]
    assert "users.is_active" in answer.words
    assert answer.statement.startswith("SELECT users.id, users.username, users.email, users.is_active")


def test_expand_backfill_contract_fails_no_request(lesson: Lesson) -> None:
    fill_users(lesson, ROWS, progress=False)
    with rollout(lesson, "before") as people:
        upgrade(people, lesson, "0002")
        people.deploy("between")
        assert list(people.serving) == ["between"]
        with people.step("backfill"), lesson.engine.connect() as connection:
            filled = backfill(connection, "users", {"is_active": "true"}, progress=False)
        upgrade(people, lesson, "0003")
        people.deploy("after")
        upgrade(people, lesson, "0004")
    outcome = people.outcome()
    assert filled.rows >= ROWS
    assert outcome.failures == ()
    assert outcome.kinds == ("before", "between", "after")
    asked = {f"{one.kind} {one.client}" for one in outcome.requests}
    assert asked == {f"{version} {call.name}" for version in outcome.kinds for call in calls_to(version)}
    assert tuple(band.name for band in outcome.bands) == IN_ORDER
    created = sum(1 for one in outcome.requests if one.client == "create")
    assert lesson.snapshot().tables["users"].row_count == ROWS + created
    with lesson.engine.connect() as connection:
        deactivated = connection.scalars(sa.text("SELECT id FROM users WHERE NOT is_active")).all()
    assert deactivated == [2]  # who was before the backfill stays so, and nobody else is


def test_old_code_can_not_insert_once_the_default_is_gone(lesson: Lesson) -> None:
    with rollout(lesson, "before") as people:
        upgrade(people, lesson, "0003")
        assert not failed(people)
        upgrade(people, lesson, "0004")
    assert set(failed(people)) == {"before create"}


def test_new_code_is_not_called_before_it_is_healthy_and_breaks_where_nobody_asks(lesson: Lesson) -> None:
    with rollout(lesson, "before") as people:
        with pytest.raises(DeployError, match="after isn't deployed, since it isn't healthy: the schema is not at"):
            people.deploy("after", seconds=0.2)
        assert list(people.serving) == ["before"]
        assert not failed(people)
        people.deploy("after", healthy=False)
    assert set(failed(people)) == {"after list", "after create", "after rename", "after deactivate"}


def test_a_deploy_is_played_without_any_people(lesson: Lesson) -> None:
    with environment(lesson.folder, lesson.stage, lesson.kind) as place:
        place.begin("before")
        played = play(place, IN_ORDER)
        assert place.snapshot().versions == ("0004",)
    assert (played.failures, played.troubles) == ([], [])
    asked = Counter(trial.call.name for trial in played.trials)
    assert asked == {"list": 10, "create": 10, "rename": 10, "deactivate": 8}  # before can't
    with environment(lesson.folder, lesson.stage, lesson.kind) as place:
        place.begin("before")
        played = play(place, ["deploy after", "backfill", "alembic upgrade 0004"])
        with pytest.raises(ValueError, match="is no step"):
            play(place, ["pray"])
    assert [step for step, _ in played.troubles] == ["deploy after", "backfill"]
    assert [(one.step, one.call.name) for one in played.failures] == [("alembic upgrade 0004", "create")]
