"""Alembic's operations with those of the course on a server, as a migration under some settings of env.py has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

import migration_lab.operations  # noqa: F401 - for what it registers


@contextmanager
def migration(url: str, **options: Any) -> Iterator[Any]:
    """``op`` inside an upgrade function; a type checker can't know the operations that are registered."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    options.setdefault("transaction_per_migration", True)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        with context.begin_transaction(), context.begin_transaction(_per_migration=True):
            yield Operations(context)


def before_statement(op: Any, word: str, act: Callable[[], object]) -> None:
    """Do something once, before the first statement with that word in it is sent."""
    pending = [act]

    @sa.event.listens_for(op.get_bind().engine, "before_cursor_execute")
    def look(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if pending and word in statement:
            pending.pop()()
