"""What lesson 10 must show: who fails on which way, and that nobody does on the last."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from migration_lab.deploy import VERSIONS
from migration_lab.engines import find_engine

from .kernels import said


def check_10_rolling_deploy(notebook: Any, scratch: Path, module: Any) -> None:
    """With the databases that are here."""
    check_deploy(notebook, postgresql=not find_engine("postgresql").missing)


# Each engine's words for: NOT NULL is broken, a column isn't there, a value isn't unique.
SQLITE = ("NOT NULL constraint failed: users.is_active", "no such column: users.{}", "UNIQUE constraint failed")
POSTGRESQL = (
    'null value in column "is_active" of relation "users" violates not-null constraint',
    "column users.{} does not exist",
    "duplicate key value violates unique constraint",
)


def check_deploy(notebook: Any, *, postgresql: bool, words: tuple[str, str, str] = SQLITE) -> None:
    """With or without the one part that needs a server; with the words of the engine that all else runs on."""
    null, absent, twice = words
    assert twice in said(notebook, "serve")
    assert re.search(r"http://127\.0\.0\.1:\d+/docs", said(notebook, "serve"))
    guesses = {"naive": "Creating users", "first": "Everybody", "default": "Creating users", "rename": "Neither"}
    guesses |= {"expand": "None", "back": "The column is taken back"}
    for way, happened in guesses.items():
        assert f"What happened: {happened}" in said(notebook, f"{way}-outcome")
    assert null in said(notebook, "naive")
    assert absent.format("is_active") in said(notebook, "first")
    assert "the schema is not at revision 0003 yet" in said(notebook, "health")
    assert absent.format("login") in said(notebook, "rename")
    assert absent.format("username") in said(notebook, "rename")
    heads, *rows = [
        line.split() for line in said(notebook, "expand-answered").splitlines() if re.search("create|\\d", line)
    ]
    assert heads == ["request", "create", "deactivate", "list", "rename"]
    asked = {version: [int(count) for count in counts] for version, *counts in rows[:3]}
    assert list(asked) == list(VERSIONS)
    assert asked["before"].pop(1) == 0  # nobody can be deactivated yet
    assert min(min(counts) for counts in asked.values()) > 2
    if postgresql:
        assert "cached plan must not change result type" in said(notebook, "plan")
    matrix = said(notebook, "matrix")
    assert "0002 is_active, nullable: before ✓ works · between ✓ works · after ✗ SELECT, UPDATE" in matrix
    assert "0004 the default dropped: before ✗ INSERT · between ✓ works · after ✓ works" in matrix
    table = " ".join(said(notebook, "back").split())
    assert "0004 after – create, /health – kept 0003 after – – /health kept" in table
    assert "0002 between – – list, create, rename, deactivate, /health gone" in table
    assert "back without loss: 0004, 0003 – the last is 0003" in said(notebook, "back-outcome")
    failed = re.findall(r"^(.+?) {2,}[\d,]+ +(\d+) +[\d,]+ ms$", said(notebook, "summary-table"), re.M)
    none = {"deploy first, asking /health", "expand, backfill, contract", "constant default"}
    assert {way for way, count in failed if count == "0"} == none
    assert len(failed) == 7
