"""What is tried on a copy after an upgrade: a new row without a value, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from migration_lab.migrations import Failure, explain
from migration_lab.playground.choices import Scenario
from migration_lab.playground.contents import Contents, read_contents
from migration_lab.rehearsal import Report
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


def look(scenario: Scenario, database: sa.URL) -> tuple[Contents, Contents | Failure]:
    """The column in the rows that are there; then in a row inserted without a value for it, or how that failed.

    The row isn't kept. Raises sqlalchemy.exc.DBAPIError where the migrations left no such column.
    """
    with scenario.engine.connect(database).connect() as connection:
        old = read_contents(connection, scenario)
        last = connection.execute(sa.text("SELECT coalesce(max(id), 0) FROM users")).scalar_one()
        try:
            connection.execute(sa.text("INSERT INTO users (username) VALUES ('a new user')"))
        except sa.exc.DBAPIError as error:
            return old, explain(error)
        new = read_contents(connection, scenario, newer_than=last)
        connection.rollback()
    return old, new


def write(scenario: Scenario) -> tuple[str, ...]:
    """The SQL by which an application gives row 1 another value than the migration did; none without rows."""
    if not scenario.rows:
        return ()
    return (f"UPDATE users SET {scenario.column} = '{_other_value(scenario)}' WHERE id = 1",)


def way_back(scenario: Scenario, report: Report, database: sa.URL) -> WayBack:
    """What a rehearsal says of going back. ``database`` is the copy as the upgrade left it."""
    before, after = report.after("write") or report.after("upgrade"), report.after("downgrade")
    assert before is not None
    assert after is not None
    values = 0
    if (table := before.table("users")) is not None and table.column(scenario.column) is not None:
        with scenario.engine.connect(database).connect() as connection:
            for statement in write(scenario):
                connection.exec_driver_sql(statement)
            values = connection.exec_driver_sql(f"SELECT count({scenario.column}) FROM users").scalar_one()
            connection.rollback()
    written = _other_value(scenario) if scenario.rows else None
    failure = report.failure("downgrade") or report.failure("again")
    again = report.after("again")
    if failure is not None or again is None:
        return WayBack(written, values, before, after, None, failure)
    return WayBack(written, values, before, after, diff(before, again))


def _other_value(scenario: Scenario) -> str:
    facts = scenario.type.facts
    return facts.other if facts.other != scenario.literal else facts.literal
