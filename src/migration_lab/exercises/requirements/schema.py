"""Requirements on columns, as the database's own catalogue has them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migration_lab.exercises.definition import Requirement
from migration_lab.exercises.evidence import Evidence
from migration_lab.exercises.verdict import Finding, not_yet, right

# A literal, or an expression with a moment written down in it: four digits in a row are a year, or more.
_CONSTANT = re.compile(r"^[('+-]*['\d]|\d{4}")


def column(table: str, name: str, *types: str, nullable: bool | None = None) -> Requirement:
    """The table has the column, and it may be NULL or not. Its type begins with one of ``types`` (in capitals)."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        found = evidence.after.table(table)
        there = found.column(name) if found else None
        if there is None:
            yield not_yet(f"{table} has no column {name}", "Does upgrade() add it, and does the upgrade get there?")
            return
        if types and not there.type.upper().replace(" ", "").startswith(types):
            found_type = there.type or "none"
            yield not_yet(f"{table}.{name} is of type {found_type}, not {types[0]}", "Compare it with the model.")
        elif nullable and not there.nullable:
            yield not_yet(f"{table}.{name} is NOT NULL, and should stay optional", "Which nullable= does it have?")
        elif nullable is False and there.nullable:
            yield not_yet(f"{table}.{name} still allows NULL", "Which nullable= does it end up with?")
        else:
            words = {None: "", True: ", and may be NULL", False: ", and is NOT NULL"}
            yield right(f"{table}.{name} is there{words[nullable]}")

    return Requirement(judge)


def no_column(table: str, name: str) -> Requirement:
    """The table hasn't, or no longer has, the column."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        found = evidence.after.table(table)
        if found is not None and found.column(name) is not None:
            yield not_yet(f"{table}.{name} is still there", "Once its values are safe elsewhere, drop it.")
        else:
            yield right(f"{table} has no column {name} any more")

    return Requirement(judge)


def no_default(table: str, name: str) -> Requirement:
    """The column has no server default: who inserts a row has to say."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        found = evidence.after.table(table)
        there = found.column(name) if found else None
        if there is not None and there.default is not None:
            yield not_yet(
                f"{table}.{name} still has the server default {there.default}",
                "It fills a forgotten value in silence: drop it with alter_column(server_default=None), in batch mode.",
            )
        elif there is not None:
            yield right(f"{table}.{name} has no server default")

    return Requirement(judge)


def default(table: str, name: str, *, computed: bool = False) -> Requirement:
    """The column has a server default, with ``computed`` one that isn't a constant; ``new_row_gets`` tries it."""

    def judge(evidence: Evidence) -> Iterator[Finding]:
        found = evidence.after.table(table)
        there = found.column(name) if found else None
        if there is not None and there.default is None:
            yield not_yet(f"{table}.{name} has no server default", "Which server_default= does the column get?")
        elif there is not None and there.default is not None and computed and _CONSTANT.search(there.default):
            yield not_yet(
                f"{table}.{name} has a constant for a default: {there.default}",
                "A constant is the same for all rows to come; sa.text() sends SQL that each insert computes anew.",
            )
        elif there is not None:
            yield right(f"{table}.{name} has a server default")

    return Requirement(judge)
