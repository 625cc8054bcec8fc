"""``op.set_not_null`` and its inverse ``op.drop_not_null``, as Alembic documents it ("Operation Plugins")."""

from __future__ import annotations

from typing import Any

from alembic.operations import BatchOperations, MigrateOperation, Operations
from alembic.operations.batch import BatchOperationsImpl

from migration_lab.operations import mysql, postgresql, sqlite
from migration_lab.operations.nulls import NotNullError

_WAYS = {
    "sqlite": sqlite.change,
    "postgresql": postgresql.change,
    "mariadb": mysql.change,
    "mysql": mysql.change,
}


class NotNullOp(MigrateOperation):
    """What both have in common: which column, and how patient to be. See ``SetNotNullOp.set_not_null``."""

    nullable: bool

    def __init__(
        self,
        table_name: str,
        column_name: str,
        schema: str | None = None,
        lock_timeout: float = 2.0,
        attempts: int = 10,
        accept_losses: bool = False,
    ) -> None:
        self.table_name = table_name
        self.column_name = column_name
        self.schema = schema
        self.lock_timeout = lock_timeout
        self.attempts = attempts
        self.accept_losses = accept_losses

    def reverse(self) -> NotNullOp:
        """The other operation, for the same column."""
        other = SetNotNullOp if self.nullable else DropNotNullOp
        return other(self.table_name, self.column_name, self.schema)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """What ``alembic check`` tells, in the form of Alembic's own ``modify_nullable``."""
        return ("modify_nullable", self.schema, self.table_name, self.column_name, {}, not self.nullable, self.nullable)


@Operations.register_operation("set_not_null")
@BatchOperations.register_operation("set_not_null", "batch_set_not_null")
class SetNotNullOp(NotNullOp):
    """Forbid NULL in a column."""

    nullable = False

    @classmethod
    def set_not_null(
        cls,
        operations: Operations,
        table_name: str,
        column_name: str,
        *,
        schema: str | None = None,
        lock_timeout: float = 2.0,
        attempts: int = 10,
        accept_losses: bool = False,
    ) -> None:
        """Make a column NOT NULL without changing a row, and without losing anything else of its table.

        Does nothing where it is NOT NULL already, so that a migration that failed half-way can be run again. On a
        server it gives up waiting for a lock after ``lock_timeout`` seconds, lets those behind it go first, and tries
        again, ``attempts`` times in all. ``accept_losses`` is for an SQLite whose stored schema can't be edited: the
        table is rebuilt there, and what else that changes is refused unless accepted.

        Raises NotNullError, and NullsError where rows hold NULL; the database is as it was.
        """
        operations.invoke(cls(table_name, column_name, schema, lock_timeout, attempts, accept_losses))

    @classmethod
    def batch_set_not_null(
        cls,
        operations: BatchOperations,
        column_name: str,
        *,
        lock_timeout: float = 2.0,
        attempts: int = 10,
        accept_losses: bool = False,
    ) -> None:
        """The same for a column of the batch's table, after what the batch has collected so far."""
        table, schema = _table(operations)
        operations.invoke(cls(table, column_name, schema, lock_timeout, attempts, accept_losses))


@Operations.register_operation("drop_not_null")
@BatchOperations.register_operation("drop_not_null", "batch_drop_not_null")
class DropNotNullOp(NotNullOp):
    """Allow NULL in a column."""

    nullable = True

    @classmethod
    def drop_not_null(
        cls,
        operations: Operations,
        table_name: str,
        column_name: str,
        *,
        schema: str | None = None,
        lock_timeout: float = 2.0,
        attempts: int = 10,
        accept_losses: bool = False,
    ) -> None:
        """Allow NULL in a column: the inverse of ``set_not_null``, with the same arguments and the same care."""
        operations.invoke(cls(table_name, column_name, schema, lock_timeout, attempts, accept_losses))

    @classmethod
    def batch_drop_not_null(
        cls,
        operations: BatchOperations,
        column_name: str,
        *,
        lock_timeout: float = 2.0,
        attempts: int = 10,
        accept_losses: bool = False,
    ) -> None:
        """The same for a column of the batch's table, after what the batch has collected so far."""
        table, schema = _table(operations)
        operations.invoke(cls(table, column_name, schema, lock_timeout, attempts, accept_losses))


@Operations.implementation_for(NotNullOp)
def change_not_null(operations: Operations | BatchOperations, operation: NotNullOp) -> None:
    """Do it the way of the engine that the migration runs on."""
    if isinstance(operations.impl, BatchOperationsImpl):
        batch = operations.impl
        if batch.batch:  # what was asked for before comes before
            batch.flush()
            batch.batch.clear()
        operations = batch.operations
    assert isinstance(operations, Operations)
    dialect = operations.migration_context.dialect.name
    if dialect not in _WAYS:
        raise NotNullError(
            f"{operation.table_name}.{operation.column_name}: no way to change NOT NULL on {dialect} is known here, "
            f"only on {', '.join(_WAYS)}: use op.alter_column(..., nullable={operation.nullable})"
        )
    _WAYS[dialect](operations, operation)


def _table(operations: BatchOperations) -> tuple[str, str | None]:
    batch = operations.impl
    assert isinstance(batch, BatchOperationsImpl)
    return batch.table_name, batch.schema
