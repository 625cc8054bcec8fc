"""What is tried on a copy after an upgrade: a new row without a value, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from migration_lab.failure import Failure, explain
from migration_lab.playground.alone import downgrade, upgrade
from migration_lab.playground.choices import Scenario
from migration_lab.playground.contents import Contents, read_contents
from migration_lab.snapshot import Diff, Snapshot, diff


@dataclass(frozen=True, slots=True)
class WayBack:
    """A downgrade to the start and an upgrade to head again, after an application had written to the column.

    ``written`` is what the application wrote to row 1, None where there is no row. ``values`` counts the values that
    the column held. ``down`` is what the downgrade changed, ``again`` how the database differs, after both ways, from
    the one before them: None where a ``failure`` ended it.
    """

    written: str | None
    values: int
    before: Snapshot
    after: Snapshot
    again: Diff | None = None
    failure: Failure | None = None

    @property
    def down(self) -> Diff:
        """What the downgrade changed."""
        return diff(self.before, self.after)


def look(scenario: Scenario, project: Path) -> tuple[Contents, Contents | Failure]:
    """The column in the rows that are there; then in a row inserted without a value for it, or how that failed.

    The row isn't kept. Raises sqlalchemy.exc.DBAPIError where the migrations left no such column.
    """
    with scenario.engine.connect(project).connect() as connection:
        old = read_contents(connection, scenario)
        last = connection.execute(sa.text("SELECT coalesce(max(id), 0) FROM users")).scalar_one()
        try:
            connection.execute(sa.text("INSERT INTO users (username) VALUES ('a new user')"))
        except sa.exc.DBAPIError as error:
            return old, explain(error)
        new = read_contents(connection, scenario, newer_than=last)
        connection.rollback()
    return old, new


def go_back(scenario: Scenario, project: Path, start: str) -> WayBack:
    """Write one more value as an application would, downgrade to ``start``, and upgrade again."""
    engine, column = scenario.engine, scenario.column
    written = _write(scenario, project) if scenario.rows else None
    before = engine.snapshot(project)
    values = 0
    if (table := before.table("users")) is not None and table.column(column) is not None:
        with engine.connect(project).connect() as connection:
            values = connection.execute(sa.text(f"SELECT count({column}) FROM users")).scalar_one()
    failure = downgrade(project, start)
    after = engine.snapshot(project)
    if failure is None:
        failure = upgrade(project)
    if failure is not None:
        return WayBack(written, values, before, after, None, failure)
    return WayBack(written, values, before, after, diff(before, engine.snapshot(project)))


def _write(scenario: Scenario, project: Path) -> str:
    """Give row 1 another value than the migration did, and say which."""
    facts = scenario.type.facts
    value = facts.other if facts.other != scenario.literal else facts.literal
    users = sa.table("users", sa.column("id"), sa.column(facts.column))
    with scenario.engine.connect(project).begin() as connection:
        connection.execute(sa.update(users).where(users.c.id == 1).values({facts.column: value}))
    return value
