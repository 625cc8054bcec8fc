"""What lesson 8 must show: every way on every database, each with what the people on it saw."""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from migration_lab.engines import find_engine
from migration_lab.snapshot import snapshot_file

from .kernels import said

SERVERS = ("postgresql", "mariadb", "postgresql-16")
WAYS = {
    "constant default",
    "one big UPDATE",
    "a clock as default",
    "chunks by hand",
    "chunks by the tool",
    "op.set_not_null",
}
TIGHTENED = {"postgresql": {"SET NOT NULL", "NOT NULL NOT VALID"}, "postgresql-16": {"SET NOT NULL", "CHECK NOT VALID"}}
QUEUED = {"behind an idle reader", "giving up, again and again"}
OUTCOMES = ("default", "update", "clock", "chunks")  # and two that need a server
TIMELINE = r"(?m)^(.+ · .+): longest wait .+ answers, [\d,]+ failed$"


def check_08_at_scale(notebook: Any, scratch: Path, module: Any) -> None:
    """Each claim of the lesson, on the databases that can be had here."""
    check_scale(notebook, scratch, module, [key for key in SERVERS if not find_engine(key).missing])


def check_scale(notebook: Any, scratch: Path, module: Any, servers: Collection[str]) -> None:
    """Each claim of the lesson that no clock decides, on SQLite and these servers."""
    expected = ways(module.sqlite_version, servers)
    found = summary(notebook)
    assert {(name.partition(" (")[0], way) for name, way in found} == expected
    assert all(re.fullmatch(r"[\d,]+ ms", wait) and float(whole.split()[0]) > 0 for wait, whole in found.values())
    drawn = {head.rpartition(" · ")[::2] for head in re.findall(TIMELINE, said(notebook))}
    assert {(name.partition(" (")[0], way) for way, name in drawn} == expected

    queued = {"queue"} if {"postgresql", "mariadb"} & set(servers) else set()
    for cell in {*OUTCOMES, *queued, *({"tighten"} if "postgresql" in servers else ())}:
        assert "What happened: " in said(notebook, f"{cell}-outcome")
    assert said(notebook, "tool").count(" rows filled in ") == 1 + len({"postgresql", "mariadb"} & set(servers))
    if "postgresql" in servers:
        assert "What happened: It waits, behind the ALTER" in said(notebook, "queue-outcome")
        assert "08_at_scale_postgresql" in said(notebook, "locks")
        assert re.search(r"sessions wait. \d+ \(idle in transaction\) holds them up", said(notebook, "locks"))
        given_up = said(notebook, "retries").splitlines()
        assert "canceling statement due to lock timeout" in given_up
        assert not any(line.startswith(("CONTEXT", "LINE")) for line in given_up), "one line of each error"

    users = snapshot_file(scratch / "08_at_scale" / "app.db", module=module).tables["users"]
    column = users.column("is_active")
    assert column is not None
    assert not column.nullable
    assert "1" in (users.page.rows[0].cells[-1].text, users.page.rows[1].cells[-1].text)


def check_conclusions(notebook: Any, servers: Collection[str]) -> None:
    """What the lesson concludes from its clocks, with as many rows as it has for a learner."""
    waits = {key: int(wait.removesuffix(" ms").replace(",", "")) for key, (wait, _) in summary(notebook).items()}
    for name in {find_engine(key).name for key in {"postgresql", "mariadb"} & set(servers)}:
        assert waits[name, "chunks by the tool"] < waits[name, "one big UPDATE"] / 2, name
    if "postgresql" in servers:
        name = re.escape(find_engine("postgresql").name)
        read = rf"(?m)^one big UPDATE · {name}: longest wait .*\n.*\nread .* ([\d.,]+) (m?s)$"
        ((wait, unit),) = re.findall(read, said(notebook, "update"))
        assert float(wait.replace(",", "")) > (0.2 if unit == "s" else 200), "readers wait, too"


def ways(sqlite: str, servers: Collection[str]) -> set[tuple[str, str]]:
    """Each database that is there with each way that is gone on it."""
    each = {f"SQLite {sqlite}": WAYS | {"batch rebuild"}}
    names = {key: find_engine(key).name for key in servers}
    if "mariadb" in names:
        each[names["mariadb"]] = WAYS | (QUEUED if "postgresql" not in names else set())
    if "postgresql" in names:
        each[names["postgresql"]] = WAYS | TIGHTENED["postgresql"] | QUEUED
        if "postgresql-16" in names:
            each[names["postgresql-16"]] = TIGHTENED["postgresql-16"]
    return {(name, way) for name, gone in each.items() for way in gone}


def summary(notebook: Any) -> dict[tuple[str, str], tuple[str, str]]:
    """The closing table: by database and way, the longest wait and the time in all."""
    (cell,) = [cell for cell in notebook.cells if cell.id == "summary-table"]
    text = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
    found, database = {}, ""
    for row in re.findall(r"<tr.*?</tr>", text.partition("<tbody>")[2], re.DOTALL):
        heads = [html.unescape(head) for head in re.findall(r"<th[^>]*>(.*?)</th>", row)]
        database = heads[0] if len(heads) == 2 else database
        wait, whole, _ = re.findall(r"<td>(.*?)</td>", row)
        found[database, heads[-1]] = (wait, whole)
    return found
