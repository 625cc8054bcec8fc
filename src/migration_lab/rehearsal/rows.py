"""All rows of two databases compared, in the databases: what is gone, what came, and which columns' values differ.

Nothing of a row comes here but the keys of the first few that differ, so the memory doesn't grow with the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

SAMPLES = 5


@dataclass(frozen=True, slots=True)
class ColumnPair:
    """A column that both sides have. ``loose`` is one whose type was changed: ``1`` and ``'1'`` are the same then.

    ``typed`` is one that holds values of any type, which have to be compared by type as well.
    """

    before: str
    after: str
    loose: bool = False
    typed: bool = False


@dataclass(frozen=True, slots=True)
class TablePair:
    """A table that both sides have, perhaps by two names. Without a ``key``, rows are told apart by all values."""

    before: str
    after: str
    columns: tuple[ColumnPair, ...]
    key: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """``count`` rows differ in a column, ``nulled`` of them became NULL; ``samples`` are the first, told shortly.

    A ``count`` of None says that they differ, and not in how many rows.
    """

    count: int | None
    samples: tuple[str, ...] = ()
    nulled: int = 0


@dataclass(slots=True)
class RowDifference:
    """What differs between the rows of one table pair. ``changed`` goes by the name of the column afterwards."""

    pair: TablePair
    lost: int = 0
    appeared: int = 0
    lost_keys: tuple[str, ...] = ()
    appeared_keys: tuple[str, ...] = ()
    changed: dict[str, Changed] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.lost or self.appeared or self.changed)


class Comparison(Protocol):
    """A way of comparing two databases on one kind of engine."""

    def compare(self, pair: TablePair) -> RowDifference:
        """What differs in one table."""

    def broken_views(self, names: list[str]) -> Iterator[tuple[str, str]]:
        """Which of the views can't be read afterwards, and why, in the database's own words."""

    def view_columns(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of a view's columns before and after; none where it can't be read."""

    def view_rows(self, name: str) -> tuple[int, int]:
        """How many rows a view shows before and after."""

    def violations(self) -> Iterator[tuple[str, str, int, tuple[str, ...]]]:
        """Rows that refer to what isn't there, by the engine's own check: table, foreign key, how many more than
        before, and the first of them.
        """

    def numbers_again(self) -> Iterator[tuple[str, str]]:
        """Columns that number their rows themselves, and begin again below what was given out: table, column."""

    def damage(self) -> tuple[str, ...]:
        """What the engine's own check of the database says, where it isn't well."""

    def words_in_booleans(self, table: str, column: str) -> tuple[int, tuple[str, ...]]:
        """How many rows hold text in a column that is to hold true and false, and the first of them."""

    def values(self, table: str, column: str, *, after: bool) -> int:
        """How many rows have a value in that column."""

    def same_values(self, table: tuple[str, str], columns: tuple[str, str]) -> bool:
        """Whether any row has, in the second column afterwards, the value that it had in the first."""


def key_text(values: tuple[object, ...]) -> str:
    """A row's key for a reader."""
    return ", ".join("NULL" if value is None else str(value)[:60] for value in values)
