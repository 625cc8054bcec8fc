"""The order in which a table is walked, and the part of it between two keys.

Keys are compared by the database alone: only it knows a text's collation or how it orders UUIDs. A key's values go
back to the driver as they came from it, past SQLAlchemy's types, which may change them on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.operators import desc_op

from migration_lab.backfill.errors import BackfillError

KeyValue = tuple[Any, ...]
"""A row's key, as the driver gave it."""
Condition = sa.ColumnElement[bool]

_ROW_NUMBERS = ("rowid", "_rowid_", "oid")  # SQLite's names of it (documentation, "Rowid Tables")


class _AsDriven(sa.types.UserDefinedType[Any]):
    """The driver's own values, both ways."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "BLOB"


@dataclass(frozen=True)
class Bound:
    """Where a part begins: behind a key or, where ``included``, with it."""

    key: KeyValue
    included: bool = False


@dataclass(frozen=True)
class Key:
    """Columns that tell rows apart, each with whether it is walked from its highest value down.

    A key that is ``numbered`` is one whole number, walked upwards.
    """

    names: tuple[str, ...]
    columns: tuple[sa.ColumnElement[Any], ...]
    descending: tuple[bool, ...]
    numbered: bool = False

    @property
    def selected(self) -> list[sa.ColumnElement[Any]]:
        """The columns for a SELECT, under names that no column of the table has."""
        return [column.label(f"backfill_key_{place}") for place, column in enumerate(self.columns)]

    def order(self, *, backwards: bool = False) -> list[sa.ColumnElement[Any]]:
        """For an ORDER BY."""
        pairs = zip(self.columns, self.descending, strict=True)
        return [column.desc() if down != backwards else column.asc() for column, down in pairs]

    def part(self, after: Bound | None, upto: KeyValue) -> Condition:
        """The rows behind ``after`` up to ``upto``, that one included.

        What both ends have in common is asked for as such: so an index finds the rest, in any direction, on any engine.
        """
        if after is None:
            return self._compare(upto, 0, forward=False, included=True)
        common = 0
        while common < len(upto) - 1 and upto[common] == after.key[common]:
            common += 1
        return sa.and_(
            *self.equal(upto, common),
            self._compare(after.key, common, forward=True, included=after.included),
            self._compare(upto, common, forward=False, included=True),
        )

    def equal(self, key: KeyValue, many: int | None = None) -> list[Condition]:
        """That the first ``many`` columns, by default all, are as in ``key``."""
        pairs = list(zip(self.columns, key, strict=True))
        return [column == _value(value) for column, value in pairs[:many]]

    def as_parameters(self, names: Sequence[str]) -> list[Condition]:
        """That each column is as the parameter of that name, for many rows at once."""
        pairs = zip(self.columns, names, strict=True)
        return [column == sa.bindparam(name, type_=_AsDriven()) for column, name in pairs]

    def beyond(self, after: Bound, common: int) -> Condition:
        """The rows behind ``after`` whose first ``common`` columns are its own."""
        compared = self._compare(after.key, common, forward=True, included=after.included)
        return sa.and_(*self.equal(after.key, common), compared)

    def text(self, key: KeyValue) -> str:
        """For people: ``id = 7``."""
        return ", ".join(f"{name} = {value!r}" for name, value in zip(self.names, key, strict=True))

    def _compare(self, key: KeyValue, first: int, *, forward: bool, included: bool) -> Condition:
        """From column ``first`` on, what comes after ``key`` in the order of columns; or before it.

        Row values, ``(a, b) > (1, 2)``, would be shorter; but they know one direction, and MySQL doesn't look them up
        in an index (its manual, "Range Optimization of Row Constructor Expressions": equality only).
        """
        column, value = self.columns[first], _value(key[first])
        upwards = forward != self.descending[first]
        if first == len(key) - 1:
            if included:
                return column >= value if upwards else column <= value
            return column > value if upwards else column < value
        strictly = column > value if upwards else column < value
        rest = self._compare(key, first + 1, forward=forward, included=included)
        within = column >= value if upwards else column <= value  # an index can begin there
        return sa.and_(within, sa.or_(strictly, rest))


# Types that are ordered in another way than they are compared with the values that they give: MariaDB's ENUM by its
# numbers and by its texts, a float of four bytes by more digits than it gives, BIT as bytes (measured).
_UNFIT = {"mysql": {"ENUM", "BIT", "FLOAT"}, "mariadb": {"ENUM", "BIT", "FLOAT"}, "postgresql": {"REAL"}}


def find_key(connection: sa.Connection, table: sa.Table, wanted: Any) -> Key:
    """The key to walk: ``wanted``, else SQLite's row number, else the primary key. Raises BackfillError."""
    key = _find_key(connection, table, wanted)
    unfit = _UNFIT.get(connection.dialect.name, set())
    for name in key.names:
        kind = type(table.c[name].type).__name__ if name in table.c else ""
        if kind in unfit:
            raise BackfillError(
                f"{table.fullname}.{name} is of the type {kind}, whose values this database puts in one order and "
                "compares in another: name other columns as key, unique and NOT NULL"
            )
    return key


def _find_key(connection: sa.Connection, table: sa.Table, wanted: Any) -> Key:
    if wanted is not None:
        return _named_key(connection, table, wanted)
    if connection.dialect.name == "sqlite":
        number = _row_number(connection, table)
        if number is not None:
            return number
    columns = list(table.primary_key.columns)
    if not columns:
        raise BackfillError(
            f"{table.fullname} has no primary key: name columns that are unique and NOT NULL, as in key=['id']"
        )
    return _key([(column, False) for column in columns])


def _named_key(connection: sa.Connection, table: sa.Table, wanted: Any) -> Key:
    parts = list(wanted) if isinstance(wanted, Sequence) and not isinstance(wanted, str) else [wanted]
    found = [_named_column(table, part) for part in parts]
    if not found:
        raise BackfillError(f"{table.fullname}: key names no column, as in key=['id']")
    nullable = [
        column.name
        for column, _ in found
        if column.nullable and (not column.primary_key or _has_null(connection, column))
    ]
    if nullable:
        raise BackfillError(
            f"{table.fullname}.{nullable[0]} may be NULL, and no order finds such a row: name NOT NULL columns as key"
        )
    return _key(found)


def _has_null(connection: sa.Connection, column: sa.Column[Any]) -> bool:
    """Whether a primary key is NULL somewhere, which it may be on SQLite (documentation, "CREATE TABLE", 3.5)."""
    if connection.dialect.name != "sqlite":
        return False
    return (
        connection.execute(sa.select(sa.literal(1)).select_from(column.table).where(column.is_(None))).first()
        is not None
    )


def _key(columns: Sequence[tuple[sa.ColumnClause[Any], bool]]) -> Key:
    raw = tuple(sa.type_coerce(column, _AsDriven()) for column, _ in columns)
    return Key(tuple(column.name for column, _ in columns), raw, tuple(down for _, down in columns))


def _named_column(table: sa.Table, part: Any) -> tuple[sa.Column[Any], bool]:
    """A column and whether downwards, of ``"id"``, ``"id DESC"``, a column, or one with ``.desc()``."""
    down = False
    if isinstance(part, sa.UnaryExpression) and part.modifier is desc_op:
        part, down = part.element, True
    name = str(getattr(part, "name", None) or getattr(part, "element", None) or part)
    if name not in table.c:
        name, _, direction = name.rpartition(" ")
        down = down or direction.lower() == "desc"
        if name.strip() not in table.c or direction.lower() not in {"asc", "desc"}:
            raise missing_column(table, f"{name} {direction}".strip(), "key")
    return table.c[name.strip()], down


def missing_column(table: sa.Table, name: str, argument: str) -> BackfillError:
    """That there is no such column, with those that there are."""
    return BackfillError(
        f"{table.fullname} has no column {name!r}, which {argument} names: it has {_names(table.columns)}"
    )


def _names(columns: Iterable[sa.Column[Any]]) -> str:
    return ", ".join(column.name for column in columns)


def _row_number(connection: sa.Connection, table: sa.Table) -> Key | None:
    """SQLite's own number of each row, which is the quickest way, and there where a primary key may be NULL.

    A table WITHOUT ROWID has none; nor, of use, has a view.
    """
    taken = {column.name.lower() for column in table.columns}
    free = [name for name in _ROW_NUMBERS if name not in taken]
    if not free or table.name in sa.inspect(connection).get_view_names(table.schema):
        return None
    number: sa.ColumnClause[Any] = sa.column(free[0], _selectable=table)
    try:
        connection.execute(sa.select(number).limit(0))
    except sa.exc.OperationalError:
        return None
    return replace(_key([(number, False)]), numbered=True)


def _value(value: Any) -> sa.BindParameter[Any]:
    return sa.bindparam(None, value, _AsDriven(), unique=True)
