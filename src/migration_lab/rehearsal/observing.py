"""Watch a migration from inside its process: what it asks for and where, what that meets, and how long it locks."""

from __future__ import annotations

import functools
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.operations import base, batch, ops
from sqlalchemy import event

from migration_lab.migrations import Statement, unrecorded
from migration_lab.rehearsal.asked import Asked, asked_by
from migration_lab.rehearsal.locks import Locks
from migration_lab.rehearsal.meeting import Meeting, Met
from migration_lab.rehearsal.raw_sql import read_sql
from migration_lab.rehearsal.report import Place

# What a driver gives no count of, or one of something else.
_UNCOUNTED = re.compile(r"\bRETURNING\b|\A\s*TRUNCATE\b", re.IGNORECASE)


@dataclass(slots=True)
class Observed:
    """What one step asked for, in order, and what it met; ``last`` is the last line of a migration that ran.

    ``looked`` are the seconds that went into looking on: others wouldn't have waited for that.
    ``past`` is what stopped an operation that was left out, where the step went on past such ones.
    """

    asked: list[Asked] = field(default_factory=list)
    met: list[Met] = field(default_factory=list)
    past: list[Met] = field(default_factory=list)
    last: Place | None = None
    lock: str = ""
    lock_seconds: float = 0.0
    looked: float = 0.0


class Observer:
    """Takes the place of Alembic's own ways when it is first used."""

    def __init__(self) -> None:
        self._folders: tuple[str, ...] = ()
        self._installed = False
        self._observed: Observed | None = None
        self._revision = ""
        self._past = False
        self._locks = Locks()
        self._inside = 0  # how many operations are at work: what is sent then is theirs, not the migration's
        self._looked = 0.0
        self._started = 0.0
        self._sent: tuple[str, Place | None] = ("", None)
        self._counted: int | None = None  # whose rows the statement that runs counts, by its place in what was asked

    def _install(self) -> None:
        """Listen to Alembic's operations and to SQLAlchemy's statements, for as long as this process lives."""
        if self._installed:
            return
        self._installed = True
        invoke, flush = base.AbstractOperations.invoke, batch.BatchOperationsImpl.flush

        @functools.wraps(invoke)
        def invoked(operations: base.AbstractOperations, operation: ops.MigrateOperation) -> Any:
            if isinstance(operation, ops.ExecuteSQLOp):
                return invoke(operations, operation)
            self._note(operations.get_bind, asked_by(operation))
            with self._at_work(), self._going_past(operations.get_bind, str(getattr(operation, "table_name", ""))):
                return invoke(operations, operation)
            return None

        @functools.wraps(flush)
        def flushed(impl: batch.BatchOperationsImpl) -> None:
            with self._at_work():
                if impl._should_recreate():
                    self._rebuilds(impl)
                with self._going_past(impl.operations.get_bind, impl.table_name):
                    flush(impl)

        base.AbstractOperations.invoke = invoked  # type: ignore[method-assign, assignment]
        batch.BatchOperationsImpl.flush = flushed  # type: ignore[method-assign, assignment]
        event.listen(sa.Engine, "before_cursor_execute", self._before)
        event.listen(sa.Engine, "after_cursor_execute", self._after)
        for name in ("commit", "rollback"):
            event.listen(sa.Engine, name, self._ended)

    @contextmanager
    def step(self, revision: str, folders: tuple[Path, ...], *, past: bool = False) -> Iterator[Observed]:
        """Observe what runs in the ``with`` block; what came of it is complete at its end.

        ``folders`` are those of the migrations, by which their lines are known. With ``past``, operations that the rows
        stop are left out.
        """
        self._install()
        self._folders = tuple(str(folder.resolve()) for folder in folders)
        self._observed = observed = Observed()
        self._sent, self._counted, self._looked = ("", None), None, 0.0
        self._revision, self._locks, self._inside, self._past = revision, Locks(self._now), 0, past
        try:
            yield observed
        finally:
            self._locks.ended()
            observed.lock, observed.lock_seconds = self._locks.name, self._locks.seconds
            observed.looked = self._looked
            self._observed = None

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    @contextmanager
    def _going_past(self, bind: Callable[[], sa.Connection], table: str) -> Iterator[None]:
        """Leave the ``with`` block's operation out where it fails for rows that it met, and that is asked for."""
        observed = self._observed
        met = [one for one in observed.met if one.asked.table.endswith(table)] if observed and self._past else []
        if observed is None or not met:
            yield
            return
        connection = bind()
        # The others go on after an error by themselves.
        apart = connection.begin_nested() if connection.dialect.name == "postgresql" else nullcontext()
        try:
            with apart:
                yield
        except Exception:
            observed.past += met
            if connection.dialect.name == "sqlite":
                quote = connection.dialect.identifier_preparer.quote
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {quote(f'_alembic_tmp_{table}')}")

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """What is asked in the ``with`` block isn't the migration's, and neither is its time."""
        started = time.perf_counter()
        try:
            with self._at_work(), unrecorded():
                yield
        finally:
            self._looked += time.perf_counter() - started

    def _now(self) -> float:
        return time.perf_counter() - self._looked

    def _note(self, bind: Callable[[], sa.Connection], found: Iterator[Asked], parameters: Any = None) -> None:
        observed = self._observed
        if observed is None:
            return
        place = self._place()
        observed.last = place or observed.last
        with self._looking():
            for one in found:
                asked = replace(one, revision=self._revision, place=place)
                observed.asked.append(asked)
                observed.met += Meeting(bind()).look(asked, parameters)

    def _rebuilds(self, impl: batch.BatchOperationsImpl) -> None:
        if self._observed is not None:
            name = f"{impl.schema}.{impl.table_name}" if impl.schema else impl.table_name
            asked = Asked("rebuild", "table", name, revision=self._revision, place=self._place())
            self._observed.asked.append(asked)
            with self._looking():
                self._observed.met += Meeting(impl.operations.get_bind()).cascading(asked)

    def _before(
        self, connection: sa.Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool
    ) -> None:
        observed = self._observed
        if observed is not None and not self._inside:
            # A loop over the rows sends the same again and again: the memory must not grow with them.
            sent = (sql, self._place())
            if sent != self._sent:
                first, self._counted = len(observed.asked), None
                if "alembic_version" not in sql:
                    self._note(lambda: connection, read_sql(sql), parameters)
                of_rows = [at for at, one in enumerate(observed.asked[first:], first) if one.kind == "row"]
                if len(of_rows) == 1 and not _UNCOUNTED.search(sql):
                    self._counted = of_rows[0]
            self._sent = sent
        self._started = self._now()

    def _after(
        self, connection: sa.Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool
    ) -> None:
        kind = Statement(sql).kind
        observed = self._observed
        if observed is None or kind not in ("schema", "data"):
            return
        if self._counted is not None and not self._inside:
            asked = observed.asked[self._counted]
            rows = (asked.rows or 0) + cursor.rowcount if cursor.rowcount >= 0 else None
            observed.asked[self._counted] = replace(asked, rows=rows)
            self._counted = None if rows is None else self._counted
        with self._looking():
            self._locks.sent(connection, kind, self._started)

    def _ended(self, connection: sa.Connection) -> None:
        if self._observed is not None:
            self._locks.ended()

    def _place(self) -> Place | None:
        """The line of a migration that is being run."""
        frame = sys._getframe()
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith(self._folders):
                return Place(file, frame.f_lineno)
            frame = frame.f_back  # type: ignore[assignment]
        return None
