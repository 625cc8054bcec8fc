"""Traffic: clients in processes of their own that use a database while a ``with`` block does something to it."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

import sqlalchemy as sa

from migration_lab.engines import Engine, EngineError
from migration_lab.load.process import ClientProcess
from migration_lab.load.record import Record, Request
from migration_lab.load.statements import bands_of_statements

_START = 30.0  # seconds within which the clients must be there, however busy the machine
_AHEAD = 0.05  # seconds from the word to go until the first request is due
_GRACE = 2.0  # seconds beyond its patience that a client may take for its last answers

# The module of each of SQLAlchemy's drivers that a client can use, and what makes a server give a request up (in MySQL
# and MariaDB in whole seconds; SQLite's driver takes it as ``timeout``).
_DRIVERS = {"pysqlite": "sqlite3", "pysqlite3": "pysqlite3.dbapi2", "psycopg": "psycopg", "pymysql": "pymysql"}
_PATIENCE = {
    "postgresql": ["SET statement_timeout = '{patience}s'"],
    "mysql": ["SET lock_wait_timeout = {patience:.0f}", "SET innodb_lock_wait_timeout = {patience:.0f}"],
    "sqlite": [],
}


class Database(Protocol):
    """Where a database is, and on which engine: a lesson, for one."""

    @property
    def kind(self) -> Engine:
        """The engine."""

    @property
    def url(self) -> sa.URL:
        """Its address."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client that sends ``statement`` at a steady ``rate`` a second, each time in a transaction of its own.

    In the statement, ``:key`` stands for one of the traffic's keys, by chance, and ``:word`` for a text that is new
    each time.
    """

    kind: str
    statement: str
    rate: float = 20.0
    name: str = ""


# They name their columns, as code does that was there before the migration, and knows nothing of it.
USERS = (
    Client("read", "SELECT id, username, email FROM users WHERE id = :key"),
    Client("insert", "INSERT INTO users (username) VALUES (:word)"),
    Client("update", "UPDATE users SET email = :word WHERE id = :key"),
)


class Traffic(Record):
    """The record of what the clients see. It grows while they work, and ends with the block. Made by :func:`traffic`.

    What this process sends through SQLAlchemy meanwhile is taken down as bands, but for what only reads.
    """

    def __init__(self, plans: Sequence[tuple[Client, dict[str, Any]]], *, patience: float, calm: float) -> None:
        super().__init__()
        self._plans = plans
        self._patience, self._calm = patience, calm
        self._processes: list[ClientProcess] = []
        self._open = contextlib.ExitStack()

    @property
    def pids(self) -> list[int]:
        """The numbers of the clients' processes."""
        return [process.pid for process in self._processes]

    def __enter__(self) -> Traffic:
        with contextlib.ExitStack() as failing:
            failing.callback(self._end)
            for client, plan in self._plans:
                name = client.name or client.kind
                self._processes.append(ClientProcess(self, client.kind, name, plan))
            deadline = time.monotonic() + _START
            for process in self._processes:
                process.wait_until_ready(deadline - time.monotonic())
            self.start = time.monotonic() + _AHEAD
            for process in self._processes:
                process.go(self.start)
            self._open.enter_context(bands_of_statements(self))
            time.sleep(_AHEAD + self._calm)
            failing.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                time.sleep(self._calm)
            last = self.now
            for process in self._processes:
                process.stop(last)
            deadline = time.monotonic() + self._patience + _GRACE
            for process in self._processes:
                process.wait(max(0.0, deadline - time.monotonic()))
        finally:
            self._end()

    def _end(self) -> None:
        self._open.close()
        for process in self._processes:
            process.kill()
        self.end()

    def waiting(self) -> list[Request]:
        """See Record."""
        return [request for process in self._processes for request in process.waiting()]


def traffic(
    database: Database,
    clients: Sequence[Client] = USERS,
    *,
    keys: Sequence[object] | None = None,
    seconds: float = 600.0,
    most: int = 100_000,
    patience: float = 5.0,
    calm: float = 0.5,
) -> Traffic:
    """Have clients use the database while a ``with`` block does something to it, and record what they see.

    Each works in a process of its own over a connection of its own, which ends with this one however that ends. A
    request fails where the database lets it wait longer than ``patience`` seconds. ``keys`` are those of the rows that
    there are, by default the numbers up to the highest ``users.id``. A client ends after ``seconds``, or ``most``
    requests. Before and after the block, ``calm`` seconds show how it is without it; the last answers are waited for.

    Raises EngineError where a client can't connect, or its driver is none that clients know; ValueError for a table
    without rows.
    """
    engine = database.kind.connect(database.url)
    if engine.driver not in _DRIVERS:
        raise EngineError(
            f"clients can't use the driver {engine.driver}, only {', '.join(_DRIVERS)}: name one of those"
        )
    with engine.connect() as connection:  # which brings a server of the course's up, and keeps it
        if keys is None and any(":key" in client.statement for client in clients):
            highest = connection.scalar(sa.text("SELECT max(id) FROM users"))
            keys = range(1, (highest or 0) + 1)
    if keys is not None and not keys:
        raise ValueError("there are no rows to ask for: fill the table first")
    arguments, options = engine.dialect.create_connect_args(database.url)
    options.pop("context", None)  # SQLAlchemy's own types
    plans = []
    for number, client in enumerate(clients):
        plan = {
            "driver": _DRIVERS[engine.driver],
            "arguments": arguments,
            "options": options,
            "settings": [setting.format(patience=patience) for setting in _PATIENCE[engine.dialect.name]],
            "statement": client.statement,
            "keys": {"range": [keys.start, keys.stop, keys.step]} if isinstance(keys, range) else list(keys or ()),
            "word": f"{client.kind}-{secrets.token_hex(3)}",
            "rate": client.rate,
            "offset": number / (client.rate * len(clients)),  # never all at the same moment
            "seconds": seconds,
            "most": most,
            "patience": patience,
            "seed": os.getpid() + number,
        }
        plans.append((client, plan))
    return Traffic(plans, patience=patience, calm=calm)
