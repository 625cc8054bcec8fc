"""What lesson 7 must show: each answer of each database, and all of it whichever of them are missing."""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from migration_lab.engines import find_engine
from migration_lab.engines.sqlite import NATIVE_SET_NOT_NULL

from .kernels import said

ENGINES = ("sqlite", "sqlite-modern", "postgresql", "mariadb")
HALF = " · half of it stays"
NO_NULL = "✗ OperationalError: Cannot add a NOT NULL column with default value NULL"
NULLS = '✗ IntegrityError: column "{}" of relation "users" contains null values'
NOT_CONSTANT = "✗ OperationalError: Cannot add a column with non-constant default"
SYNTAX = '✗ OperationalError: near "{}": syntax error' + HALF
BATCH_NULL = "✗ IntegrityError: NOT NULL constraint failed: _alembic_tmp_users.is_active" + HALF
TRUNCATED = "✗ DataError: (1265, \"Data truncated for column 'is_active' at row 1\")" + HALF
NO_TYPE = "✗ CommandError: All MySQL CHANGE/MODIFY COLUMN operations require the existing type." + HALF
NO_CONSTRAINTS = "✗ NotImplementedError: No support for ALTER of constraints in SQLite dialect" + HALF
FILLED = "✓ active: adi, john; no default"
MOMENT = "✓ joined: '20"  # and what the clock said

# By step: what SQLite before 3.53, SQLite since then, PostgreSQL and MariaDB answer.
ANSWERS = {
    "NOT NULL": (NO_NULL, NO_NULL, NULLS.format("is_active"), "✓ active: nobody; no default"),
    "NOT NULL, empty table": ("✓ works",) * 4,
    "NOT NULL DateTime()": (NO_NULL, NO_NULL, NULLS.format("added"), "✓ added: '0000-00-00 00:00:00'"),
    "NOT NULL String(20)": (NO_NULL, NO_NULL, NULLS.format("added"), "✓ added: ''"),
    'default "1"': tuple(f"✓ active: adi, john; default {one}" for one in ("'1'", "'1'", "true", "1")),
    'default "true"': (
        "✓ active: nobody; default 'true'",
        "✓ active: nobody; default 'true'",
        "✓ active: adi, john; default true",
        "✗ OperationalError: (1067, \"Invalid default value for 'is_active'\")",
    ),
    "default sa.true()": tuple(f"✓ active: adi, john; default {true}" for true in ("1", "1", "true", "1")),
    "default NOW()": (NOT_CONSTANT, NOT_CONSTANT, MOMENT, MOMENT),
    "default CURRENT_TIMESTAMP": (NOT_CONSTANT, NOT_CONSTANT, MOMENT, MOMENT),
    "… added in batch mode": (MOMENT,) * 4,
    "SET is_active = 1": (
        FILLED,
        FILLED,
        '✗ ProgrammingError: column "is_active" is of type boolean but expression is of type integer',
        FILLED,
    ),
    "sa.update()": (FILLED,) * 4,
    "alter_column, nullable=False": (SYNTAX.format("ALTER"), FILLED, FILLED, NO_TYPE),
    "… and existing_type": (SYNTAX.format("ALTER"), FILLED, FILLED, FILLED),
    "… and batch mode: portable": (FILLED,) * 4,
    "a default, not repeated": (
        "✓ active: adi, john; default 1",
        "✓ active: adi, john; default 1",
        "✓ active: adi, john; default true",
        FILLED,
    ),
    "… repeated": tuple(f"✓ active: adi, john; default {true}" for true in ("1", "1", "true", "1")),
    "alter_column, server_default=None": (SYNTAX.format("ALTER"), SYNTAX.format("DEFAULT"), FILLED, FILLED),
    "… None in batch mode": (FILLED,) * 4,
    "tighten, NULLs left": (
        SYNTAX.format("ALTER"),
        "✗ IntegrityError: constraint failed" + HALF,
        NULLS.format("is_active"),
        TRUNCATED,
    ),
    "… left in batch mode": (BATCH_NULL, BATCH_NULL, NULLS.format("is_active"), TRUNCATED),
    "add_column, unique=True": (NO_CONSTRAINTS, NO_CONSTRAINTS, "✓ handle: NULL", "✓ handle: NULL"),
}
ADDED = "users: column is_active appeared (BOOLEAN, NULL allowed)"
LEFT = (ADDED, ADDED, "nothing", ADDED)


def check_07_engines(notebook: Any, scratch: Path, module: Any) -> None:
    """Each claim of the lesson, on the databases that can be had here."""
    check_engines(notebook, [key for key in ENGINES if not find_engine(key).missing])


def check_engines(notebook: Any, keys: Collection[str]) -> None:
    """Each claim of the lesson, on these databases and no others."""
    names = [find_engine(key).name for key in keys]
    servers = [key for key in ("postgresql", "mariadb") if key in keys]

    answers = table(notebook, "summary-table")
    assert list(answers) == list(ANSWERS)
    for step, found in answers.items():
        assert set(found) == set(names)
        for name, answer in found.items():
            assert agrees(answer, ANSWERS[step][kind(name)]), (step, name, answer)
    left = table(notebook, "middle")
    assert set(left) == set(names)
    for name, changed in left.items():
        assert changed["tighten, NULLs left"] == LEFT[kind(name)]
        assert changed["… left in batch mode"].startswith(LEFT[kind(name)])

    views = re.findall(r"Live: (07_engines\S*) · (.*?) · ", said(notebook, "live"))
    assert {engine for _, engine in views} == {name.partition(" (")[0] for name in names}
    assert {(f"07_engines_{key}", find_engine(key).name) for key in servers} <= set(views)

    mariadb, postgresql = "mariadb" in keys, "postgresql" in keys
    happened = {
        "plain": "Some: elsewhere it works" if mariadb else "All of them",
        "true": "On some databases" if postgresql else "Nowhere",
        "fill": "On some" if postgresql else "On all",
        "default": "On some databases" if mariadb else "Everywhere",
        "middle": "On some databases" if postgresql else "Everywhere",
    }
    for cell, words in happened.items():
        assert f"What happened: {words}\n" in said(notebook, f"{cell}-outcome")

    assert (
        said(notebook, "portable").count("Column(name='is_active', type='BOOLEAN', nullable=False, default=None") == 1
    )
    script = said(notebook, "script")
    assert script.count("✗ This operation cannot proceed in --sql mode") == len(names) - len(servers)
    assert script.count("BEGIN;") == script.count("COMMIT;") == postgresql
    assert ("ALTER TABLE users ALTER COLUMN is_active SET NOT NULL;" in script) == postgresql
    assert ("ALTER TABLE users MODIFY is_active BOOL NOT NULL;" in script) == mariadb

    if postgresql:
        new, old = find_engine("postgresql").name, find_engine("postgresql-16").name
        ways = table(notebook, "postgres")
        assert ways[new] == {"by a CHECK": FILLED, "NOT NULL … NOT VALID": FILLED}
        assert ways[old]["by a CHECK"] == FILLED
        assert ways[old]["NOT NULL … NOT VALID"] == '✗ ProgrammingError: syntax error at or near "NOT"'


def agrees(answer: str, expected: str) -> bool:
    return answer.startswith(expected) if expected == MOMENT else answer == expected


def kind(name: str) -> int:
    """The place of an engine among the answers."""
    if name.startswith("SQLite"):
        return tuple(map(int, re.findall(r"\d+", name)[:2])) >= NATIVE_SET_NOT_NULL
    return 2 if name.startswith("PostgreSQL") else 3


def table(notebook: Any, cell_id: str) -> dict[str, dict[str, str]]:
    """The DataFrame under a cell: by its index, then by its columns."""
    (cell,) = [cell for cell in notebook.cells if cell.id == cell_id]
    text = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
    rows = [
        [html.unescape(found) for found in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr.*?</tr>", text, re.DOTALL)
    ]
    head, *body = rows
    return {index: dict(zip(head[1:], values, strict=True)) for index, *values in body}
