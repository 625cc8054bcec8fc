"""The tool: what it is asked is understood and checked before anything is changed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from migration_lab.backfill.checking import find_table
from migration_lab.backfill.chunks import Chunks
from migration_lab.backfill.errors import BackfillError
from migration_lab.backfill.filling import Backfilled, Filling
from migration_lab.backfill.interruption import Interruption
from migration_lab.backfill.key import find_key
from migration_lab.backfill.progress import Progress
from migration_lab.backfill.session import quick_commits
from migration_lab.backfill.transactions import check_connection, own_transactions
from migration_lab.backfill.values import read_values


def backfill(
    connection: sa.Connection,
    table: Any,
    values: Any,
    where: Any = None,
    key: Any = None,
    lock_budget: float = 0.05,
    pause: float | None = None,
    progress: bool = True,
    overwrite: bool = False,
) -> Backfilled:
    """Fill columns of a table that others use meanwhile, in chunks in the order of its key, a commit each.

    ``connection`` is one of ``autocommit_block`` in a migration, or of ``engine.connect()`` with nothing begun.
    ``table`` is a name, also ``"schema.name"``, a Table or a model.
    ``values`` says what each column gets: SQL, as text or as an expression; any other plain value; or a function of the
    row. Text is SQL: the word DE is ``"'DE'"``. A function's value is dropped when the row has changed meanwhile.
    ``where``, SQL as well, says which rows are left to do, by default those where a column is NULL. It is all that a
    second run has to go by, so it must no longer hold for a row that is filled; and a row for which it doesn't hold any
    more is left alone. A column that has a value keeps it, whatever ``where`` says: somebody else has set it. Only with
    ``overwrite`` are values replaced, in the rows for which ``where`` holds.
    Where several columns are filled, one that has a value is written back by COALESCE: give it a value of its own type,
    since on PostgreSQL and MariaDB a whole number beside a float becomes a float.
    ``key`` names the columns whose order is followed: unique, NOT NULL, with an index, ``"id DESC"`` for the newest
    first. By default the primary key, on SQLite the row's number. A TIMESTAMP of MariaDB is walked in the session's
    time zone: in one with summer time, the hour that comes twice is left out.
    ``lock_budget`` is how many seconds a chunk may hold its locks, ``pause`` how many others have between two, by
    default a part of what the last chunk took.

    Interrupted, killed or failed, it can be run again, and goes on from there. Rows that come in while it works it
    fills, too, but it ends: the result says how many are left.

    Raises BackfillError: before anything is changed for arguments that make no sense, and for a connection in a
    transaction that it would have to end; later for rows that can't be filled, or when others don't let it work for
    a long time. Raises KeyboardInterrupt between two chunks.
    """
    check_connection(connection)
    _check_seconds(lock_budget, pause)
    with own_transactions(connection), quick_commits(connection, lock_budget):
        found = find_table(connection, table)
        wanted = read_values(found, values, where, overwrite=overwrite)
        order = find_key(connection, found, key)
        changed = [name for name in wanted.names if name in {*order.names, *found.primary_key.columns.keys()}]
        if changed:
            raise BackfillError(f"{found.fullname}.{changed[0]} is the key, which can't be filled while it is followed")
        chunks = Chunks(connection, order, wanted)
        name = f"{found.fullname}.{', '.join(wanted.names)}"
        with Progress(name, shown=progress) as bar, Interruption() as interruption:
            done = Filling(found.fullname, chunks, order, lock_budget, pause, bar, interruption).run()
    if progress:
        print(done)
    return done


def _check_seconds(lock_budget: float, pause: float | None) -> None:
    if not 0 < lock_budget <= 60:
        raise BackfillError(f"lock_budget is in seconds, and {lock_budget!r} is none: 0.05 is a good one")
    if pause is not None and not 0 <= pause <= 3600:
        raise BackfillError(f"pause is in seconds, and {pause!r} is none: leave it out, or take 0.01")
