"""People who insert, update and delete rows while a backfill works and is killed; and the backfill's own process."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

import sqlalchemy as sa

from migration_lab.backfill import backfill
from migration_lab.engines import find_engine

# Each process is a copy of one that has imported all of this already.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])

_PASSING = (sa.exc.OperationalError, sa.exc.InternalError)  # busy, or a deadlock: tried again


def fill(key: str, url: sa.URL, with_function: bool, begun: Any) -> None:
    """The backfill, in chunks of a few rows; ``begun`` is set when it has filled the first."""
    values: dict[str, Any] = {"country": (lambda row: "DE") if with_function else "'DE'"}
    engine = find_engine(key).connect(url)

    def note(connection: Any, cursor: Any, sql: str, parameters: Any, context: Any, many: bool) -> None:
        if sql.startswith("UPDATE"):
            begun.set()

    sa.event.listen(engine, "after_cursor_execute", note)
    with engine.connect() as connection:
        backfill(connection, "users", values, lock_budget=0.004, pause=0.004, progress=False)


def use(key: str, url: sa.URL, rows: int, number: int, seed: int, end: Connection) -> None:
    """Insert, update and delete until told to end; then tell what each row that was touched must hold, None: gone."""
    chance = random.Random(f"{seed} {number}")
    engine = find_engine(key).connect(url).execution_options(isolation_level="AUTOCOMMIT")
    expected: dict[int, str | None] = {}
    mine = range(1 + number % 2, rows, 2)  # the other one's rows are theirs
    new = 1_000_000 * (1 + number)
    with engine.connect() as connection:
        while not end.poll(0.002):
            row, word = chance.choice(mine), f"IT{chance.randrange(10**9)}"
            doing = chance.choice(("insert", "insert without", "update", "delete"))
            with contextlib.suppress(*_PASSING):
                if doing.startswith("insert"):
                    new += 1
                    country = word if doing == "insert" else None
                    statement = sa.text("INSERT INTO users (id, username, country) VALUES (:id, 'new', :country)")
                    connection.execute(statement, {"id": new, "country": country})
                    expected[new] = country or "DE"
                elif doing == "update":
                    statement = sa.text("UPDATE users SET country = :country WHERE id = :id")
                    if connection.execute(statement, {"id": row, "country": word}).rowcount:
                        expected[row] = word
                else:
                    connection.execute(sa.text("DELETE FROM users WHERE id = :id"), {"id": row})
                    expected[row] = None
    end.send(expected)


@contextlib.contextmanager
def crowd(key: str, url: sa.URL, rows: int, moment: int, seed: int) -> Iterator[dict[int, str | None]]:
    """Two of them at work in the ``with`` block; afterwards the dictionary holds what they have left."""
    expected: dict[int, str | None] = {}
    people = []
    for one in range(2):
        here, there = PROCESSES.Pipe()
        process = PROCESSES.Process(target=use, args=(key, url, rows, 2 * moment + one, seed, there))
        process.start()
        there.close()  # or its end wouldn't be noticed here
        people.append((process, here))
    try:
        yield expected
        for process, here in people:
            here.send("end")
            assert here.poll(60), "it answers"
            expected.update(here.recv())
            process.join(30)
    finally:
        for process, _ in people:
            process.kill()
            process.join()


def kill_a_backfill(key: str, url: sa.URL, with_function: bool, seconds: float) -> bool:
    """Start one, and kill it so long after its first rows. Returns whether it was still at work."""
    begun = PROCESSES.Event()
    process = PROCESSES.Process(target=fill, args=(key, url, with_function, begun))
    process.start()
    try:
        assert begun.wait(60), "it has filled a row"
        time.sleep(seconds)
        return process.is_alive()
    finally:
        process.kill()
        process.join()
