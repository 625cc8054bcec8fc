"""Statements sent or written as they are: whatever percent signs and colons a name has, none is a parameter."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations


def quoted(name: str, mark: str = '"') -> str:
    """``name`` as a quoted identifier."""
    return mark + name.replace(mark, mark * 2) + mark


def run(connection: sa.Connection, statement: str) -> sa.CursorResult[Any]:
    """Run a statement that has no parameters."""
    return connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def write(operations: Operations, *statements: str) -> None:
    """Write statements where there is no connection to run them on (``--sql``)."""
    impl = operations.migration_context.impl
    for statement in statements:
        impl.static_output(statement + impl.command_terminator)
