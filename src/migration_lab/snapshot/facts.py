"""A snapshot flattened into facts, each under a path that says what it is, so that two snapshots compare one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from migration_lab.snapshot.sql_tokens import canonical
from migration_lab.snapshot.values import (
    Check,
    Column,
    ForeignKey,
    Index,
    Part,
    PrimaryKey,
    Snapshot,
    Table,
    Trigger,
    Unique,
    View,
)

# Two spellings of one type, which a rebuild swaps and nothing is lost by.
_SYNONYMS = {"int": "integer", "bool": "boolean"}
# Attributes whose value may be replaced by another without a loss.
_REPLACEABLE = {"name", "not_null_name", "default", "generated", "sql", "text", "comment"}
# Options that take something away where they come, and nothing where they go.
_RELAXED = frozenset({"NOT VALID", "NOT ENFORCED", "INVALID", "INVISIBLE", "IGNORED", "DISABLED"})
_PROVISIONAL = "NOT NULL NOT VALID"  # comes with a NOT NULL, and goes when that is validated
_ROWID = "ROWID"  # a loss either way: a key that turns into the rowid takes other values than before


class Path(NamedTuple):
    """What a fact is about: ``table`` is ``""`` for what belongs to no table, ``name`` tells facts of a kind apart."""

    table: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class RowCount:
    """``more`` is True where counting stopped at ``count`` and the table has more rows."""

    count: int
    more: bool = False

    def __str__(self) -> str:
        return f"more than {self.count}" if self.more else str(self.count)


@dataclass(frozen=True, slots=True)
class Versions:
    """The Alembic revisions that the database says it is at."""

    revisions: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.revisions)


Fact = (
    Column
    | PrimaryKey
    | Unique
    | ForeignKey
    | Check
    | Index
    | Trigger
    | Part
    | RowCount
    | Versions
    | Table
    | View
    | str
)
"""A fact's value. An option and a comment are their own text."""


def facts(snapshot: Snapshot) -> dict[Path, Fact]:
    """Everything that the snapshot holds but its rows, by identity.

    A constraint's identity is what it does, its name an attribute: so one that merely got a name isn't a new one.
    """
    found: dict[Path, Fact] = {}
    if snapshot.versions:
        found[Path("", "version", "")] = Versions(snapshot.versions)
    for table in snapshot.tables.values():
        found[Path(table.name, "table", table.name)] = table
        _add(found, table.name, table_facts(table))
    for view in snapshot.views.values():
        found[Path("", "view", view.name)] = view
        _add(found, view.name, _belongings(view))
    _add(found, "", ((part.kind, part.name, part) for part in snapshot.parts))
    return found


def _add(found: dict[Path, Fact], owner: str, facts: Iterable[tuple[str, str, Fact]]) -> None:
    """Add the facts under paths of their own: two constraints may do the same under two names."""
    for kind, name, fact in facts:
        path = Path(owner, kind, name)
        number = 1
        while path in found:
            number += 1
            path = Path(owner, kind, f"{name} ({number})")
        found[path] = fact


def table_facts(table: Table) -> Iterator[tuple[str, str, Fact]]:
    """The parts of one table: kind, name, and what is there."""
    for column in table.columns:
        yield "column", column.name, column
    if table.primary_key:
        yield "primary key", "", table.primary_key
    for unique in table.uniques:
        yield "unique", _list(unique.columns), unique
    for key in table.foreign_keys:
        yield "foreign key", f"{_list(key.columns)} -> {key.table} {_list(key.referred_columns)}", key
    for check in table.checks:
        yield "check", canonical(check.text), check
    yield from _belongings(table)
    for option in sorted(table.options):
        yield "option", option, option
    for comment in table.comments:
        yield "comment", comment, comment
    yield "row count", "", RowCount(table.row_count, table.more_rows)


def _belongings(owner: Table | View) -> Iterator[tuple[str, str, Fact]]:
    """What a view can have as well as a table."""
    for index in owner.indexes:
        yield "index", index.name, index
    for trigger in owner.triggers:
        yield "trigger", trigger.name, trigger
    for part in owner.parts:
        yield part.kind, part.name, part


def differences(before: Fact, after: Fact) -> list[tuple[str, Any, Any]]:
    """The attributes in which two values of one fact differ: name, value before, value after.

    What belongs to the path already, and what is told by facts of its own, is left out.
    """
    if isinstance(before, Table | str):
        return []
    skipped = {Check: {"text"}, View: {"triggers", "indexes", "parts"}}.get(type(before), set())
    pairs = [
        (entry.name, getattr(before, entry.name), getattr(after, entry.name))
        for entry in fields(before)
        if entry.name not in skipped
    ]
    return [(name, old, new) for name, old, new in pairs if _comparable(name, old) != _comparable(name, new)]


def weakens(attribute: str, before: object, after: object) -> bool:
    """Whether this difference takes something away: a rule dropped or relaxed, a type replaced, an action gone."""
    if isinstance(before, frozenset) and isinstance(after, frozenset):
        return bool(before - after - _RELAXED - {_PROVISIONAL} or (after - before) & (_RELAXED | {_ROWID}))
    if attribute == "type" and _type(before) == _type(after):
        return False
    if attribute in ("count", "more", "revisions") or _is_nothing(attribute, before):
        return False
    return _is_nothing(attribute, after) or attribute not in _REPLACEABLE


def _is_nothing(attribute: str, value: object) -> bool:
    """Whether an attribute's value is what it is when nothing was declared."""
    if attribute == "nullable":
        return value is True
    return value in ("", None, False, (), "NO ACTION", "NOT DEFERRABLE")


def _comparable(attribute: str, value: Any) -> Any:
    if attribute in ("type", "where", "default") and value is not None:
        return canonical(value)
    if attribute == "collation":
        return value.upper()
    if attribute == "collations":
        return tuple(collation.upper() for collation in value)
    if attribute == "parts":
        return tuple(replace(p, expression=canonical(p.expression), collation=p.collation.upper()) for p in value)
    return value


def _type(value: object) -> str:
    words = canonical(str(value))
    return _SYNONYMS.get(words, words)


def _list(names: Sequence[str]) -> str:
    return f"({', '.join(names)})"
