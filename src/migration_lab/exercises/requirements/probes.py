"""Requirements that are tried out: a constraint is there when the database refuses what breaks it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from migration_lab.engines import sqlite_driver
from migration_lab.exercises.definition import Requirement
from migration_lab.exercises.evidence import Evidence, unique_columns
from migration_lab.exercises.verdict import Finding, not_yet, right
from migration_lab.snapshot import Table


def not_null(table: str, column: str) -> Requirement:
    """The column is NOT NULL in the catalogue, and the database refuses a copy of a row with NULL in it."""
    tighten = "The model alone forbids nothing. Tighten it with alter_column(nullable=False), in batch mode."

    def judge(evidence: Evidence) -> Iterator[Finding]:
        found = evidence.after.table(table)
        there = found.column(column) if found else None
        if found is None or there is None:
            yield not_yet(f"{table} has no column {column}", "Does upgrade() add it, and does the upgrade get there?")
        elif there.nullable:
            yield not_yet(f"{table}.{column} still allows NULL", tighten)
        elif there.generated:
            yield not_yet(
                f"{table}.{column} is generated: nobody can write a value into it",
                "The model has an ordinary column, which the application fills.",
            )
        elif not found.row_count:
            yield right(f"{table}.{column} is NOT NULL")
        elif "NOT NULL" not in evidence.refusal(_copy_with_null(found, column)):
            yield not_yet(f"{table}.{column} says NOT NULL, but a row with NULL got in", tighten)
        else:
            yield right(f"{table}.{column} is NOT NULL: a row with NULL was refused")

    return Requirement(judge)


def unique(table: str, *columns: str) -> Requirement:
    """The columns together are UNIQUE: by constraint or index, and the database refuses the same values twice."""
    names = ", ".join(columns)

    def judge(evidence: Evidence) -> Iterator[Finding]:
        found = evidence.after.table(table)
        if found is None or any(found.column(name) is None for name in columns):
            yield not_yet(f"{table} has no column {names}", "Does upgrade() add it, and does the upgrade get there?")
            return
        sources = ", ".join(f'"{name}" = (SELECT "{name}" FROM "{table}" ORDER BY rowid LIMIT 1)' for name in columns)
        doubled = f'UPDATE "{table}" SET {sources} WHERE rowid = (SELECT max(rowid) FROM "{table}")'
        tried = found.row_count > 1
        if frozenset(columns) in unique_columns(found) and (not tried or "UNIQUE" in evidence.refusal(doubled)):
            yield right(f"{table} ({names}) is UNIQUE" + (": the same value twice was refused" if tried else ""))
        else:
            yield not_yet(
                f"{table} ({names}) takes the same value twice",
                "Is there a UNIQUE in the migration, too, on these columns alone and for all rows?",
            )

    return Requirement(judge)


def foreign_key(table: str, column: str, referred: str, key: str = "id") -> Requirement:
    """The column points to ``key`` of ``referred``, and with foreign keys enforced a pointer to nothing is refused."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        found = evidence.after.table(table)
        wanted = ((column,), referred, (key,))
        declared = found is not None and any(
            (one.columns, one.table, one.referred_columns) == wanted for one in found.foreign_keys
        )
        if not declared:
            yield not_yet(
                f"{table}.{column} has no foreign key to {referred} ({key})",
                f"A column named {column} is only a number: the batch needs create_foreign_key, with a name.",
            )
            return
        nowhere = f'UPDATE "{table}" SET "{column}" = (SELECT max("{key}") + 1000 FROM "{referred}")'
        if "FOREIGN KEY" in evidence.refusal(nowhere):
            yield right(f"{table}.{column} points to {referred}: a pointer to nothing was refused")
        else:
            yield not_yet(
                f"{table}.{column} takes a pointer to nothing", f"Which column of {referred} does it refer to?"
            )

    return Requirement(judge)


def refuses(statements: Sequence[str], what: str, look: str) -> Requirement:
    """The database refuses each of ``statements``, whatever it does so by."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        accepted = [statement for statement in statements if not evidence.refusal(statement)]
        yield not_yet(f"{what} (accepted: {accepted[0]})", look) if accepted else right(what)

    return Requirement(judge)


def accepts(statement: str, what: str, look: str) -> Requirement:
    """The database accepts ``statement``, as the application will send it."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        refusal = evidence.refusal(statement)
        yield not_yet(f"{what} ({refusal})", look) if refusal else right(what)

    return Requirement(judge)


def new_row_gets(insert: str, query: str, expected: Sequence[tuple[Any, ...]], what: str, look: str) -> Requirement:
    """After ``insert``, which leaves the column out, ``query`` finds ``expected``: what the server default gives."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        try:
            found = evidence.trial([insert], query)
        except sqlite_driver().Error as error:
            yield not_yet(f"{what} ({error})", look)
            return
        yield right(what) if found == list(expected) else not_yet(f"{what} (it got {found})", look)

    return Requirement(judge)


def _copy_with_null(table: Table, column: str) -> str:
    """A copy of one row under a new key. SQLite looks at NOT NULL before UNIQUE, so its other values may be taken."""
    key = table.primary_key.columns if table.primary_key else ()
    names = [one.name for one in table.columns if one.name not in key and one.name != column and not one.generated]
    into = ", ".join(f'"{name}"' for name in [*names, column])
    source = ", ".join([*(f'"{name}"' for name in names), "NULL"])
    return f'INSERT INTO "{table.name}" ({into}) SELECT {source} FROM "{table.name}" LIMIT 1'
