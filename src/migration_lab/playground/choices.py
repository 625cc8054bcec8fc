"""What can be chosen in the playground: one scenario is one choice of everything."""

from __future__ import annotations

import itertools
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from migration_lab.engines import Engine, EngineError, all_engines, default_engine

ROWS = (0, 2, 1000)
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 60
MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """A column to add. ``source`` is its type as a migration writes it, ``literal`` the value offered for old rows,
    ``other`` what an application might write there later.
    """

    column: str
    type: TypeEngine[Any]
    source: str
    literal: str
    other: str


class ColumnType(Enum):
    """The type of the column to add; each comes with a name for the column."""

    BOOLEAN = "Boolean"
    INTEGER = "Integer"
    STRING = "String"
    DATETIME = "DateTime"
    NUMERIC = "Numeric"

    @property
    def facts(self) -> TypeFacts:
        """The column that goes with this type."""
        return _FACTS[self]


_FACTS = {
    ColumnType.BOOLEAN: TypeFacts("is_active", sa.Boolean(), "sa.Boolean()", "1", "0"),
    ColumnType.INTEGER: TypeFacts("logins", sa.Integer(), "sa.Integer()", "0", "17"),
    ColumnType.STRING: TypeFacts("status", sa.String(50), "sa.String(50)", "new", "trusted"),
    ColumnType.DATETIME: TypeFacts(
        "created_at", sa.DateTime(), "sa.DateTime()", "2026-01-01 00:00:00.000000", "2026-02-03 04:05:06.000000"
    ),
    ColumnType.NUMERIC: TypeFacts("balance", sa.Numeric(10, 2), "sa.Numeric(10, 2)", "0.00", "12.34"),
}


class Strategy(Enum):
    """How the column is added."""

    PLAIN = "plain NOT NULL"
    SERVER_DEFAULT = "server_default"
    DROP_DEFAULT = "server_default, then drop it"
    THREE_STEPS = "three steps"
    BATCH = "three steps, batch mode"
    NULLABLE = "nullable"

    @property
    def uses_literal(self) -> bool:
        """Whether the migration has a place for a value."""
        return self not in (Strategy.PLAIN, Strategy.NULLABLE)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing to try. ``literal`` reaches the database as text, as ``server_default="1"`` does.

    Raises ValueError for a number of rows below 0 or above 100,000.
    """

    engine: Engine
    rows: int
    type: ColumnType
    strategy: Strategy
    literal: str

    def __post_init__(self) -> None:
        if not 0 <= self.rows <= MOST_ROWS:
            raise ValueError(f"{self.rows} rows: choose a number from 0 to {MOST_ROWS:,}")

    @property
    def column(self) -> str:
        """The name of the column that is added."""
        return self.type.facts.column

    def describe(self) -> str:
        """One line, as in ``SQLite 3.40.1 · 2 rows · Boolean · three steps · '1'``."""
        rows = "1 row" if self.rows == 1 else f"{self.rows:,} rows"
        parts = [self.engine.name, rows, f"{self.type.value} {self.column}", self.strategy.value]
        return " · ".join([*parts, short(self.literal)] if self.strategy.uses_literal else parts)


def short(value: object) -> str:
    """A value as Python source, its middle left out where it is long: for a sentence, not to run."""
    return _REPR.repr(value)


def find_engine(name: str | Engine | None) -> Engine:
    """An engine by its key (``postgresql-16``), scheme (``sqlite+pysqlite3``) or part of its name; None: the default.

    Raises ValueError, listing what there is, where none fits; EngineError, with the command that brings it, for one
    that is missing.
    """
    if isinstance(name, Engine):
        return name
    if name is None:
        return default_engine()
    engines = all_engines()
    exact = [engine for engine in engines if name in (engine.key, engine.name, getattr(engine, "scheme", ""))]
    for engine in exact or [engine for engine in engines if name and name in engine.name]:
        if engine.missing:
            raise EngineError(engine.missing)
        return engine
    there = ", ".join(engine.key for engine in engines if not engine.missing)
    raise ValueError(f"no engine {name!r} here: there is {there}")


def all_scenarios(
    engines: Iterable[Engine],
    rows: Iterable[int] = ROWS,
    types: Iterable[ColumnType] = tuple(ColumnType),
    strategies: Iterable[Strategy] = tuple(Strategy),
    literals: Mapping[ColumnType, str] | None = None,
) -> tuple[Scenario, ...]:
    """Every combination. ``literals`` replaces the value offered for a type."""
    literals = literals or {}
    return tuple(
        Scenario(engine, count, kind, strategy, literals.get(kind, kind.facts.literal))
        for engine, strategy, count, kind in itertools.product(engines, strategies, rows, types)
    )
