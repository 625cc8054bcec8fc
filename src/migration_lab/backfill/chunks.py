"""What a backfill asks of the table: where a chunk ends, how many rows are left in it, and to fill them."""

from __future__ import annotations

import copy
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from migration_lab.backfill.errors import BackfillError
from migration_lab.backfill.key import Bound, Condition, Key, KeyValue
from migration_lab.backfill.session import has_log
from migration_lab.backfill.transactions import transaction
from migration_lab.backfill.values import Values

_Made = tuple[tuple[Any, ...], dict[str, Any]]
"""A row as it was seen, its key at the end, and a value for each column that a function fills."""


class Chunks:
    """The parts of a table in the order of ``key``. Each statement raises the driver's error.

    A chunk's last key is picked first, and then what is left between two keys is updated: some 110,000 rows a second on
    PostgreSQL here, be it the first or the millionth; an UPDATE that joins the chunk's keys manages a quarter of that.
    """

    def __init__(self, connection: sa.Connection, key: Key, values: Values) -> None:
        self._connection = connection
        self._key = key
        self._values = values
        self._table = values.table
        self.lock_is_polled = connection.dialect.name == "sqlite"
        self._has_log = has_log(connection)
        # On SQLite without WAL (documentation, "File Locking And Concurrency").
        self.readers_block = self.lock_is_polled and not self._has_log
        # On SQLite the wait for the lock wouldn't be told from the time for which it was held.
        self._needs_one_statement = not values.functions and not self.lock_is_polled

    def highest(self) -> KeyValue | None:
        """The key of the last row; None where there is no row."""
        return self._first(sa.select(*self._key.selected).order_by(*self._key.order(backwards=True)))

    def end(self, rows: int, after: Bound | None, high: KeyValue, *, left: bool) -> KeyValue | None:
        """The key of so many rows on, only those that are ``left`` or all; None where there are fewer up to ``high``.

        Those with the same first columns are looked at first: whoever asks for all at once makes the database skip what
        was before in a group, again for each chunk.
        """
        if len(high) == 1:
            # The end is compared once, not with each row on the way: on SQLite that is a quarter of the walk.
            walk = self._select(self._key.beyond(after, 0) if after else sa.true(), left=left)
            last = walk.order_by(*self._key.order()).offset(rows - 1).limit(1).subquery()
            return self._first(sa.select(last).where(replace(self._key, columns=tuple(last.c)).part(None, high)))
        for common in range(len(high) - 1 if after else 0, -1, -1):
            part = self._key.part(after, high)
            if after and common:
                part = sa.and_(self._key.beyond(after, common), self._key.part(None, high))
            found = self._first(
                self._select(part, left=left).order_by(*self._key.order()).offset(rows - 1),
            )
            if found is not None:
                return found
        return None

    def last_left(self, after: Bound | None, high: KeyValue) -> KeyValue | None:
        """The key of the last row that is left up to ``high``."""
        part = self._select(self._key.part(after, high), left=True)
        return self._first(part.order_by(*self._key.order(backwards=True)))

    def count_left(self, after: Bound | None, upto: KeyValue | None) -> int:
        """How many rows are left in a part; in the whole table where no end is given."""
        query = sa.select(sa.func.count()).select_from(self._table).where(self._values.left)
        if upto is not None:
            query = query.where(self._key.part(after, upto))
        return int(self._connection.execute(query).scalar_one())

    def fill(self, after: Bound | None, upto: KeyValue) -> tuple[int, float]:
        """Fill what is left in a part, and commit. Returns the rows, and the seconds for which locks were held."""
        part = self._key.part(after, upto)
        made = self._made(part)  # before any lock is held: a function may take its time
        with nullcontext() if self._needs_one_statement else transaction(self._connection):
            begun = time.monotonic()
            rows = self._write(part, made)
        return rows, time.monotonic() - begun

    def tidy_up(self) -> None:
        """Bring SQLite's log into the file, and the file to the disk: that keeps nobody from writing."""
        if self._has_log:
            self._connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").close()

    def try_out(self, key: KeyValue) -> tuple[bool, bool, float]:
        """Fill one row, and take it back.

        Returns whether it would still be left, whether with a NULL, and the seconds for which its lock was held.
        """
        one = sa.and_(*self._key.equal(key))
        empty = sa.or_(*(self._table.c[name].is_(None) for name in self._values.names))
        seen = [sa.case((condition, 1), else_=0) for condition in (self._values.left, empty)]
        made = self._made(one)
        with transaction(self._connection, keep=False):
            begun = time.monotonic()
            self._write(one, made)
            seconds = time.monotonic() - begun
            still = self._connection.execute(sa.select(*seen).select_from(self._table).where(one)).first()
            return (False, False, seconds) if still is None else (bool(still[0]), bool(still[1]), seconds)

    def _made(self, part: Condition) -> list[_Made]:
        """The rows left in a part, and what the functions make of each."""
        if not self._values.functions:
            return []
        made: list[_Made] = []
        for row in self._connection.execute(self._rows(part)).all():
            seen = _as_seen(row)
            try:
                made.append((seen, self._values.of(row)))
            except BackfillError as error:
                where = f"{self._table.fullname}, {self._key.text(self._key_of(row))}"
                raise BackfillError(
                    f"{where}: {error}; what was filled before is kept: correct it, and run it again"
                ) from error
        many = Counter(self._key_of(seen) for seen, _ in made)
        if len(many) < len(made):
            key = self._key.text(many.most_common(1)[0][0])
            raise BackfillError(
                f"{self._table.fullname} has more than one row with {key}, so what a function makes of one can't be "
                "brought to it: name unique columns as key, or give the value as SQL"
            )
        return made

    def _write(self, part: Condition, made: list[_Made]) -> int:
        """Fill what is left in a part; but a row that is no longer as the functions saw it is left to the next pass."""
        if not self._values.functions:
            return self._connection.execute(self._values.update().where(part, self._values.open)).rowcount
        now = {self._key_of(row): row for row in self._connection.execute(self._rows(part).with_for_update())}
        places = {name: f"backfill_value_{place}" for place, name in enumerate(self._values.functions)}
        keys = [f"backfill_key_{place}" for place in range(len(self._key.columns))]
        parameters = [
            {**dict(zip(keys, self._key_of(row), strict=True)), **{places[name]: to for name, to in given.items()}}
            for row, given in made
            if _same(row, now.get(self._key_of(row)))
        ]
        if parameters:
            statement = self._values.update_with(places).where(*self._key.as_parameters(keys), self._values.open)
            self._connection.execute(statement, parameters)
        return len(parameters)

    def _rows(self, part: Condition) -> sa.Select[Any]:
        return sa.select(*self._table.c, *self._key.selected).where(part, self._values.left)

    def _key_of(self, row: Sequence[Any]) -> KeyValue:
        return tuple(row[len(self._table.c) :])

    def _select(self, part: Condition, *, left: bool) -> sa.Select[Any]:
        return (
            sa.select(*self._key.selected).select_from(self._table).where(part, *([self._values.left] if left else []))
        )

    def _first(self, query: sa.Select[Any]) -> KeyValue | None:
        row = self._connection.execute(query.limit(1)).first()
        return None if row is None else tuple(row)


def _as_seen(row: sa.Row[Any]) -> tuple[Any, ...]:
    """The row's values, even if a function changes what is in one of them: a JSON document, an array."""
    return tuple(copy.deepcopy(value) if isinstance(value, dict | list | set) else value for value in row)


def _same(row: Sequence[Any], other: sa.Row[Any] | None) -> bool:
    """Whether each value is what it was, as the driver gives both; NaN is, too."""
    return other is not None and all(a == b or (a != a and b != b) for a, b in zip(row, other, strict=True))
