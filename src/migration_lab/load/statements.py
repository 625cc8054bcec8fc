"""The statements that this process sends through SQLAlchemy, as bands of a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

from migration_lab.load.record import Record

# Neither takes a lock that anybody would wait for.
_READS = re.compile(r"\s*(SELECT|SHOW|EXPLAIN|PRAGMA)\b", re.IGNORECASE)
_ALEMBICS_OWN = re.compile(r"\balembic_version\b")


@contextmanager
def bands_of_statements(record: Record) -> Iterator[None]:
    """In the ``with`` block, take each statement down as a band, under its own words; not those that only read.

    A migration connects in env.py with an engine of its own, so this listens to all engines. Alembic's bookkeeping in
    its own table is left out: clients never wait for it.
    """
    running: dict[int, Callable[[str], None]] = {}

    def before(connection: Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool) -> None:
        if not _READS.match(sql) and not _ALEMBICS_OWN.search(sql):
            running[id(cursor)] = record.begin_band(" ".join(sql.split()))

    def after(connection: Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool) -> None:
        running.pop(id(cursor), _nothing)("")

    def failed(context: ExceptionContext) -> None:
        cursor = getattr(context.execution_context, "cursor", None)
        running.pop(id(cursor), _nothing)(" ".join(str(context.original_exception).split()))

    listeners = (("before_cursor_execute", before), ("after_cursor_execute", after), ("handle_error", failed))
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)


def _nothing(error: str) -> None:
    pass
