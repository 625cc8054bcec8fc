"""What lesson 9 must show: each repair takes away what it is for and nothing else, and the database stays as it was."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from migration_lab.engines.sqlite import NATIVE_SET_NOT_NULL
from migration_lab.snapshot import snapshot_file

from .engines_lesson import table
from .kernels import said

BLIND = "models-differ"  # follows from what Alembic can't see any more
LOST = ("rows-lost-by-cascade", "trigger-lost", "unique-lost", "foreign-key-weakened", "autoincrement-lost")
LEFT = {
    "none yet": {"upgrade-fails", "half-migration-left", "retry-fails", LOST[0]},
    "the view": {*LOST, "rows-appeared", BLIND},
    "foreign keys": {*LOST[1:], "rows-appeared", BLIND},
    "the trigger": {*LOST[2:], BLIND},
    "UNIQUE": {*LOST[3:], BLIND},
    "AUTOINCREMENT": {LOST[3], BLIND},
    "ON DELETE": {"✓ clean"},
}


def check_09_rehearsal(notebook: Any, scratch: Path, module: Any) -> None:
    """Each claim of the lesson, on this SQLite."""
    left = {name: set(row["left to repair"].split(", ")) for name, row in table(notebook, "clean").items()}
    assert left == LEFT
    assert "What happened: More than one finding" in said(notebook, "first-outcome")
    assert said(notebook, "untouched").strip() == "True"
    assert "3 rows of orders went with users (ON DELETE CASCADE)" in said(notebook, "view")

    native = table(notebook, "native-run")
    answers = {way: answer for way, row in native.items() for answer in row.values()}
    expected = {"a constant default": "✓ clean"}
    if module.sqlite_version_info >= NATIVE_SET_NOT_NULL:
        expected["three steps, no batch"] = "✓ clean"
    assert answers == expected

    assert "✓ nothing found" in said(notebook, "operation")
    assert "users.team_id holds 1 NULL (id = 2)" in said(notebook, "limits")
    changes = said(notebook, "real").partition("What changed:")[2]
    assert "users: column is_active appeared (BOOLEAN, NOT NULL)" in changes
    assert not re.search("vanished|row count", changes)
    after = snapshot_file(scratch / "09_rehearsal" / "app.db", module=module)
    assert after.versions == ("0002",)
    assert (after.tables["orders"].row_count, after.tables["audit"].row_count) == (3, 0)
    assert "Nothing to rehearse yet" in said(notebook, "own")
    for number, rule in enumerate(("unique-lost", "nulls-skipped", "downgrade-fails"), 1):
        assert rule in said(notebook, f"exercise-{number}-check")
