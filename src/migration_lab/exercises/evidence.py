"""What a check knows of one replay: the databases before, after and after the way back, and the learner's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from migration_lab.engines import sqlite_driver
from migration_lab.exercises.meanwhile import Seen
from migration_lab.migrations import Failure
from migration_lab.rehearsal import RehearsalReport
from migration_lab.snapshot import Change, Diff, Index, Snapshot, Table, Trigger, Unique, View, diff

# Diff proves nothing of rows that aren't on the page; an exercise's tables are far smaller than this.
ALL_ROWS = 1000


@dataclass(frozen=True)
class Evidence:
    """One replay of the learner's migrations, from the start revision to head and, if asked for, back.

    ``start`` is the scene's start as the learner knows it, ``before`` has the hidden rows too, ``after`` is what the
    upgrade made of that, kept in the file ``database``. ``down`` is what the downgrade made of ``after``, None where
    it failed (``down_failure``) or wasn't asked for. ``own`` is the learner's database, None where it can't be read
    (``own_problem``) or isn't part of this scene. ``report`` is that of a rehearsal with the learner's baseline.json,
    where a requirement asks for one. ``meanwhile`` is what others saw, and ``failure`` what the upgrade failed with in
    a scene where it should.
    """

    start_revision: str
    heads: tuple[str, ...]
    start: Snapshot
    before: Snapshot
    after: Snapshot
    database: Path
    down: Snapshot | None = None
    down_failure: Failure | None = None
    own: Snapshot | None = None
    own_problem: str = ""
    report: RehearsalReport | None = None
    meanwhile: Seen = field(default_factory=Seen)
    failure: Failure | None = None

    @cached_property
    def changes(self) -> Diff:
        """What the upgrade changed."""
        return diff(self.before, self.after)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a SELECT finds after the upgrade. Raises the driver's error."""
        with closing(self._connect()) as connection:
            return [tuple(row) for row in connection.execute(sql).fetchall()]

    def refusal(self, *statements: str) -> str:
        """Try statements on the upgraded database, foreign keys enforced, and undo them.

        Returns the database's own words where it refuses one, ``""`` where all of them go through.
        """
        try:
            self.trial(statements)
        except sqlite_driver().Error as error:
            return str(error) or type(error).__name__
        return ""

    def trial(self, statements: Sequence[str], then: str = "") -> list[tuple[Any, ...]]:
        """Try statements, return the rows that ``then`` finds after them, undo it all. Raises the driver's error."""
        with closing(self._connect()) as connection:
            connection.isolation_level = None
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("BEGIN")
            try:
                for statement in statements:
                    connection.execute(statement)
                return [tuple(row) for row in connection.execute(then).fetchall()] if then else []
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _connect(self) -> Any:
        return sqlite_driver().connect(self.database, timeout=1)


def schema_changes(changes: Diff) -> list[Change]:
    """The changes of the schema alone, as far as they change what it does.

    White space in a trigger or view, which the learner typed anew, is none; nor is a name for what had none, nor a
    UNIQUE that is a unique index now, or the other way round.
    """
    return [
        change
        for change in changes.changes
        if change.kind not in ("version", "row count")
        and not _same_words(change.before, change.after)
        and not _only_named(change.before, change)
        and not _still_unique(changes, change)
    ]


def unique_columns(table: Table | None) -> set[frozenset[str]]:
    """The sets of columns that no two rows of the table share: by constraint, or by an index on all rows."""
    if table is None:
        return set()
    indexes = [index for index in table.indexes if index.unique and _whole(index)]
    return {frozenset(one.columns) for one in table.uniques} | {_indexed(index) for index in indexes}


def _whole(index: Index) -> bool:
    """Whether the index is on all rows. Where it is on those without a NULL, no other can break a UNIQUE either."""
    return not index.where or re.fullmatch(r'[\w"]+ IS NOT NULL', index.where, re.IGNORECASE) is not None


def _indexed(index: Index) -> frozenset[str]:
    return frozenset(part.expression for part in index.parts)


def _still_unique(changes: Diff, change: Change) -> bool:
    fact = change.before or change.after
    if isinstance(fact, Unique):
        columns = frozenset(fact.columns)
    elif isinstance(fact, Index) and fact.unique:
        columns = _indexed(fact)
    else:
        return False
    tables = (shot.table(change.table) for shot in (changes.before, changes.after))
    return change.action != "changed" and all(columns in unique_columns(table) for table in tables)


def _only_named(before: object, change: Change) -> bool:
    return change.attributes == ("name",) and getattr(before, "name", None) is None


def _same_words(before: object, after: object) -> bool:
    if isinstance(before, Trigger | View) and isinstance(after, Trigger | View):
        return before.sql.split() == after.sql.split()
    return False
