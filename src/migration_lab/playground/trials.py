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
class Seen:
    """The column in the rows that were there, and in a row inserted without a value for it, or how that failed.

    That row isn't kept.
    """

    old: Contents
    new: Contents | Failure


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


def look(scenario: Scenario, action: str, database: sa.URL) -> Seen | int:
    """What a rehearsal looks at in its copy: after the upgrade the column, after ``write`` how many values it holds.

    Raises sqlalchemy.exc.DBAPIError where the migrations left no such column.
    """
    with scenario.engine.connect(database).connect() as connection:
        if action == "write":
            return int(connection.execute(sa.text(f"SELECT count({scenario.column}) FROM users")).scalar_one())
        old = read_contents(connection, scenario)
        last = connection.execute(sa.text("SELECT coalesce(max(id), 0) FROM users")).scalar_one()
        # With a number of its own: what a sequence gives away doesn't come back.
        insert = sa.text("INSERT INTO users (id, username) VALUES (:id, 'a new user')").bindparams(id=last + 1)
        connection.rollback()
        try:
            connection.execute(insert)  # in no savepoint: SQLite's driver begins with that, and ends with it, too
            new = read_contents(connection, scenario, newer_than=last)
        except sa.exc.DBAPIError as error:
            return Seen(old, explain(error))
        finally:
            connection.rollback()
    return Seen(old, new)


def write(scenario: Scenario) -> tuple[str, ...]:
    """The SQL by which an application gives row 1 another value than the migration did; none without rows."""
    if not scenario.rows:
        return ()
    return (f"UPDATE users SET {scenario.column} = '{_other_value(scenario)}' WHERE id = 1",)


def way_back(scenario: Scenario, report: Report) -> WayBack:
    """What a rehearsal says of going back."""
    before, after = report.after("write" if report.of("write") else "upgrade"), report.after("downgrade")
    values = report.seen.get("write", 0)
    assert before is not None
    assert after is not None
    assert isinstance(values, int)
    written = _other_value(scenario) if scenario.rows else None
    failure = report.failure("downgrade") or report.failure("again")
    again = report.after("again")
    if failure is not None or again is None:
        return WayBack(written, values, before, after, None, failure)
    return WayBack(written, values, before, after, diff(before, again))


def _other_value(scenario: Scenario) -> str:
    facts = scenario.type.facts
    return facts.other if facts.other != scenario.literal else facts.literal
