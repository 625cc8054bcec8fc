"""Ask a database what a column really holds: what each value is stored as, what the model's type reads, and what a
WHERE with that value then finds. A migration that runs through may have stored what the application can't use.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from migration_lab.migrations import explain
from migration_lab.playground.choices import Scenario, short

MOST_VALUES = 20  # distinct values looked for, one query each


@dataclass(frozen=True, slots=True)
class Contents:
    """The column in some rows. ``storage`` counts the types stored, ``values`` what SQLAlchemy reads, as Python source.

    ``problems`` are sentences, each with the number that was measured; empty where all is well.
    """

    rows: int
    nulls: int
    storage: tuple[tuple[str, int], ...]
    values: tuple[tuple[str, int], ...]
    problems: tuple[str, ...]


def read_contents(connection: sa.Connection, scenario: Scenario, *, newer_than: int | None = None) -> Contents:
    """Look at the column that a scenario added: in all rows, or in those whose id is above ``newer_than``.

    Raises sqlalchemy.exc.DBAPIError where the column isn't there.
    """
    look = _Look(connection, scenario, newer_than)
    rows, nulls, storage = look.count(), look.nulls(), look.storage()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLAlchemy's, on Decimal and SQLite: what comes of it is measured here
            values = look.values()
            problems = tuple(look.problems(values))
    except Exception as error:  # a type may raise anything over a value that isn't its own
        connection.rollback()  # or a server would refuse what comes next
        words = f"SQLAlchemy can’t read {scenario.column}: {type(error).__name__}: {explain(error).words}"
        return Contents(rows, nulls, storage, (), (words,))
    return Contents(rows, nulls, storage, tuple((short(value), number) for value, number in values.items()), problems)


class _Look:
    def __init__(self, connection: sa.Connection, scenario: Scenario, newer_than: int | None) -> None:
        facts = scenario.type.facts
        self.connection = connection
        self.scenario = scenario
        self.users = sa.table("users", sa.column("id", sa.Integer()), sa.column(facts.column, facts.type))
        self.column: sa.ColumnElement[Any] = self.users.c[facts.column]
        self.newest = newer_than is not None
        self.some = self.users.c.id > newer_than if newer_than is not None else sa.true()

    def count(self, *conditions: sa.ColumnElement[bool] | sa.TextClause) -> int:
        query = sa.select(sa.func.count()).select_from(self.users).where(self.some, *conditions)
        return int(self.connection.execute(query).scalar_one())

    def nulls(self) -> int:
        # Not by IS NULL, which finds MariaDB's '0000-00-00' in a NOT NULL column, too (its manual, "IS NULL").
        missing = sa.func.count() - sa.func.count(self.column)
        query = sa.select(missing).select_from(self.users).where(self.some)
        return int(self.connection.execute(query).scalar_one())

    def storage(self) -> tuple[tuple[str, int], ...]:
        kind = self.scenario.engine.storage(self.column)
        query = sa.select(kind, sa.func.count()).select_from(self.users).where(self.some).group_by(kind).order_by(kind)
        return tuple((str(name), int(number)) for name, number in self.connection.execute(query))

    def values(self) -> Counter[Any]:
        return Counter(self.connection.execute(sa.select(self.column).where(self.some)).scalars())

    def problems(self, values: Counter[Any]) -> Iterator[str]:
        name, expected = self.scenario.column, self.scenario.type.facts.type.python_type
        present = {value: number for value, number in values.items() if value is not None}
        if not self.scenario.strategy.uses_literal and not self.newest:
            for value, number in list(present.items())[:MOST_VALUES]:
                yield f"{_of(number, sum(values.values()))} got a value that nobody chose: {short(value)}"
        for value, number in list(present.items())[:MOST_VALUES]:
            if not isinstance(value, expected):
                yield (
                    f"SQLAlchemy reads {short(value)}, a Python {type(value).__name__}, where the model says "
                    f"{expected.__name__}: {_of(number, sum(values.values()))}"
                )
            found = self.count(self.column == sa.bindparam("value", value, type_=self.column.type))
            if found != number:
                rows = _of(number, sum(values.values()))
                yield f"SQLAlchemy reads {short(value)} from {rows}, and WHERE {name} = {short(value)} finds {found:,}"
        if present and self.scenario.strategy.uses_literal:
            literal = self.scenario.literal
            typed = sa.bindparam("value", literal, type_=sa.types.NullType())  # as in SQL, where no type is said
            found = self.count(sa.text(f"{name} = :value").bindparams(typed))
            if found != sum(present.values()):
                rows = _of(sum(present.values()), sum(values.values()))
                yield f"{rows} have a value, and WHERE {name} = {short(literal)} finds {found:,}"


def _of(number: int, total: int) -> str:
    return f"{number:,} of {total:,} {'row' if total == 1 else 'rows'}"
