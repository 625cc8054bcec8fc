"""People who go on using the table while it is migrated: what they wait for, on a copy of their own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

import sqlalchemy as sa

from migration_lab import load
from migration_lab.engines import Engine
from migration_lab.load import Client, Outcome
from migration_lab.rehearsal.copied import Copies
from migration_lab.rehearsal.following import Followed
from migration_lab.rehearsal.plan import Plan, Step
from migration_lab.rehearsal.process import Rehearsals
from migration_lab.snapshot import Snapshot, Table

_KEYS = 1_000  # of the rows that are asked for: more than any cache of a client's would hide
_SLICES = 60


@dataclass(frozen=True)
class Meanwhile:
    """What clients of ``table`` saw while the upgrade ran; its revisions are the outcome's bands.

    ``failed`` is the step that stopped, which went through without them, and ``stopped`` what ended its process.
    """

    table: str
    outcome: Outcome
    failed: Step | None = None
    stopped: str = ""

    def longest_waits(self) -> list[float]:
        """The longest wait, in seconds, of the requests that began in each of some equal parts of the time."""
        waits = [0.0] * _SLICES
        for request in (*self.outcome.requests, *self.outcome.waiting):
            at = int(request.began / max(self.outcome.seconds, 0.001) * _SLICES)
            waits[min(at, _SLICES - 1)] = max(waits[min(at, _SLICES - 1)], request.took)
        return waits

    def words(self) -> str:
        """One line: how many requests, how many of them failed, and the longest wait."""
        longest, failed = self.outcome.longest, self.outcome.failures
        line = f"{len(self.outcome.requests)} requests to {self.table} meanwhile"
        if longest is not None:
            line += f", the longest wait {longest.took:.3f} s ({longest.kind})"
        return f"{line}, {len(failed)} failed ({failed[0].error})" if failed else f"{line}, none failed"


@dataclass(frozen=True)
class _Database:
    kind: Engine
    url: sa.URL


def upgrade_meanwhile(
    plan: Plan, before: Snapshot, tables: list[Followed], copies: Copies, running: Rehearsals
) -> Meanwhile | None:
    """Upgrade a fresh copy while clients use the largest of the tables that the migration touches.

    None where it touches none that has rows and a key of one column.
    """
    touched = [before.tables[one.before] for one in tables if one.asked and one.before in before.tables]
    able = [table for table in touched if table.row_count and table.primary_key and len(table.primary_key.columns) == 1]
    if not able:
        return None
    table = max(able, key=lambda one: one.row_count)
    copies.restore()
    database = _Database(copies.engine, copies.database)
    clients, keys = _clients(database, table)
    ends: list[Callable[[str], None]] = []
    with load.traffic(database, clients, keys=keys) as seen:

        def told(step: Step) -> None:
            if step.action == "upgrade" and not step.done:
                ends.append(seen.begin_band(f"upgrade {step.revision}"))
            elif step.action == "upgrade" and ends:
                ends.pop()(step.failure.words if step.failure else "")

        report = running.run(replace(plan, up=True, check=False, retry=False, back=False), told=told)
    last = next(reversed(report.of("upgrade")), None)
    failed = last if last is not None and (last.failure is not None or not last.done) else None
    return Meanwhile(table.name, seen.outcome(), failed, report.stopped)


def _clients(database: _Database, table: Table) -> tuple[list[Client], list[object]]:
    """Clients that read and write one row at a time, and leave it as it is."""
    engine = database.kind.connect(database.url)
    quote = engine.dialect.identifier_preparer.quote
    assert table.primary_key is not None
    key = table.primary_key.columns[0]
    name = ".".join(map(quote, table.name.split(".")))
    others = [one.name for one in table.columns if one.name != key and not one.generated]
    column = quote(others[0] if others else key)
    clients = [
        Client("read", f"SELECT {quote(key)} FROM {name} WHERE {quote(key)} = :key"),
        Client("update", f"UPDATE {name} SET {column} = {column} WHERE {quote(key)} = :key"),
    ]
    with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"SELECT {quote(key)} FROM {name} LIMIT {_KEYS}")
        keys = [_plain(row[0]) for row in cursor.fetchall()]
    return clients, keys


def _plain(key: object) -> object:
    """A key as it can be sent to a client."""
    return key if isinstance(key, int | float | str) else str(key)
