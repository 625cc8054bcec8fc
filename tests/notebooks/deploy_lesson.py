"""What lesson 10 must show: who fails on which way, and that nobody does on the last."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from migration_lab.engines import find_engine

from .kernels import said


def check_10_rolling_deploy(notebook: Any, scratch: Path, module: Any) -> None:
    """With the databases that are here."""
    check_deploy(notebook, postgresql=not find_engine("postgresql").missing)


def check_deploy(notebook: Any, *, postgresql: bool) -> None:
    """With or without the one part that needs a server."""
    assert "UNIQUE constraint failed: users.username" in said(notebook, "serve")
    guesses = {"naive": "Creating users", "first": "Everybody", "default": "Creating users", "rename": "Neither"}
    for way, words in {**guesses, "expand": "None"}.items():
        assert f"What happened: {words}" in said(notebook, f"{way}-outcome")
    assert "NOT NULL constraint failed: users.is_active" in said(notebook, "naive")
    assert "no such column: users.is_active" in said(notebook, "first")
    assert "the schema is not at revision 0003 yet" in said(notebook, "health")
    assert "no such column: users.login" in said(notebook, "rename")
    assert "no such column: users.username" in said(notebook, "rename")
    if postgresql:
        assert "cached plan must not change result type" in said(notebook, "plan")
    matrix = said(notebook, "matrix")
    assert "0002 is_active, nullable: before ✓ works · between ✓ works · after ✗ SELECT, UPDATE" in matrix
    assert "0004 the default dropped: before ✗ INSERT · between ✓ works · after ✓ works" in matrix
    table = [line.split() for line in said(notebook, "back").splitlines()]
    assert ["0004", "after", "INSERT", "–", "kept"] in table
    assert ["0003", "after", "–", "–", "kept"] in table
    assert ["0002", "between", "–", "SELECT,", "INSERT,", "UPDATE", "gone"] in table
    failed = re.findall(r"^(.+?) {2,}\d+ +(\d+) +\d+ ms$", said(notebook, "summary-table"), re.M)
    none = {"deploy first, asking /health", "expand, backfill, contract", "constant default"}
    assert {way for way, count in failed if count == "0"} == none
    assert len(failed) == 7
