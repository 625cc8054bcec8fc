"""What rows get, and which of them: the caller's ``values`` and ``where``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import Grouping

from migration_lab.backfill.errors import BackfillError, words
from migration_lab.backfill.key import missing_column

RowFunction = Callable[[sa.Row[Any]], Any]


@dataclass(frozen=True)
class Values:
    """For each column an expression of the database's, or a function of the row; and which rows are ``left``."""

    table: sa.Table
    expressions: Mapping[str, Any]
    functions: Mapping[str, RowFunction]
    left: sa.ColumnElement[bool]
    keep: bool
    """Whether a value that is there already stays."""

    @property
    def names(self) -> list[str]:
        """The columns that are filled."""
        return [*self.expressions, *self.functions]

    @property
    def open(self) -> sa.ColumnElement[bool]:
        """The rows in which something may be written."""
        if self.keep and len(self.names) == 1:
            return sa.and_(self.left, self.table.c[self.names[0]].is_(None))
        return self.left

    def update(self) -> sa.Update:
        """The UPDATE of all rows, without the functions' columns: in the caller's order, which MariaDB goes by."""
        return self._set({name: self._kept(name, to) for name, to in self.expressions.items()})

    def _set(self, values: Mapping[str, Any]) -> sa.Update:
        return sa.update(self.table).ordered_values(*((self.table.c[name], to) for name, to in values.items()))

    def update_with(self, places: Mapping[str, str]) -> sa.Update:
        """The same with the functions' columns taken from the parameters that ``places`` names."""
        given = {
            name: self._kept(name, sa.bindparam(place, type_=_null_is_null(self.table.c[name].type)))
            for name, place in places.items()
        }
        kept = {name: self._kept(name, to) for name, to in self.expressions.items()}
        return self._set({**kept, **given})

    def of(self, row: sa.Row[Any]) -> dict[str, Any]:
        """What the functions make of a row. Raises BackfillError, in the function's words, where one fails."""
        made = {}
        for name, function in self.functions.items():
            try:
                made[name] = function(row)
            except Exception as error:
                raise BackfillError(
                    f"the function for {name} failed: {type(error).__name__}: {words(error)}"
                ) from error
        return made

    def _kept(self, name: str, to: Any) -> Any:
        """One of several columns keeps its value like this; a single one by not being written at all.

        (COALESCE has a single type: on PostgreSQL and MariaDB, a whole number beside a float is a float.)
        """
        return sa.func.coalesce(self.table.c[name], to) if self.keep and len(self.names) > 1 else to


def read_values(table: sa.Table, values: Any, where: Any, *, overwrite: bool = False) -> Values:
    """Understand ``values`` and ``where``, without asking the database. Raises BackfillError where that fails."""
    if not isinstance(values, Mapping) or not values:
        raise BackfillError("values says what each column gets, as in values={'country': \"'DE'\"}")
    expressions, functions = {}, {}
    for column, to in values.items():
        name = column if isinstance(column, str) else str(getattr(column, "name", column))
        if name not in table.c:
            raise missing_column(table, name, "values")
        if callable(to) and not isinstance(to, sa.ClauseElement) and not hasattr(to, "__clause_element__"):
            functions[name] = to
        else:
            expressions[name] = _expression(table.c[name], _on(table, to, f"values[{name!r}]"))
    if overwrite and where is None:
        raise BackfillError("overwrite=True replaces values where `where` holds, and there is none: say which rows")
    names = [*expressions, *functions]
    left = (
        sa.or_(*(table.c[name].is_(None) for name in names))
        if where is None
        else _condition(_on(table, where, "where"))
    )
    # A single column that is NULL has no value to keep.
    return Values(table, expressions, functions, left, keep=not overwrite and (where is not None or len(names) > 1))


def _on(table: sa.Table, expression: Any, argument: str) -> Any:
    """The same with the columns of the caller's own Table, or model, in place: to SQLAlchemy it is another table.

    Raises BackfillError for columns of any other, an alias included: the UPDATE would meet each of its rows.
    """
    if hasattr(expression, "__clause_element__"):
        expression = expression.__clause_element__()
    if not isinstance(expression, sa.ClauseElement):
        return expression

    def replace(element: Any, **_: Any) -> sa.Column[Any] | None:
        same = isinstance(element, sa.Column) and isinstance(element.table, sa.Table)
        return table.c.get(element.name) if same and element.table.fullname == table.fullname else None

    expression = visitors.replacement_traverse(expression, {}, replace)
    others = [one for one in sa.select(expression).get_final_froms() if one is not table]
    if others:
        alias = getattr(others[0], "element", None)
        what = f"an alias of {alias}" if alias is not None else str(others[0])
        raise BackfillError(
            f"{argument} has columns of {what}, and not of {table.fullname} alone: take those of the table itself, and "
            "what is elsewhere from a subquery"
        )
    return expression


def _expression(column: sa.Column[Any], to: Any) -> Any:
    if isinstance(to, str):
        return sql(to, "values")
    if isinstance(to, Sequence) and not isinstance(to, bytes):
        raise BackfillError(f"values[{column.name!r}] is a {type(to).__name__}: give SQL, a plain value or a function")
    return to if isinstance(to, sa.ClauseElement) else sa.literal(to, column.type)


def _condition(where: Any) -> sa.ColumnElement[bool]:
    if isinstance(where, str):
        return sql(where, "where")
    if isinstance(where, sa.ColumnElement):
        return where
    if isinstance(where, sa.TextClause):
        return Grouping(where)
    raise BackfillError(f'where is SQL, as in where="country IS NULL", and not a {type(where).__name__}')


def _null_is_null(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """None is NULL for any column; for JSON, SQLAlchemy would make the document ``null`` of it."""
    if isinstance(kind, sa.JSON):
        kind = kind.copy()
        kind.none_as_null = True
    return kind


def sql(text: str, argument: str) -> sa.ColumnElement[Any]:
    """SQL that somebody wrote, as one expression. The line's end is for one that ends in a comment."""
    if not text.strip():
        raise BackfillError(f'{argument} is empty: it takes SQL, as in "country IS NULL" or "\'DE\'"')
    return sa.literal_column(f"({text}\n)")
