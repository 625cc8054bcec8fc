"""NOT NULL on PostgreSQL without a long lock: a rule for new rows first, which is then checked while others write.

From 18 on the rule is NOT NULL itself, NOT VALID until it has been checked; from 12 to 17 a CHECK stands in for it, on
which SET NOT NULL relies (PostgreSQL's documentation, "ALTER TABLE", "SET NOT NULL" and "VALIDATE CONSTRAINT"). Each
step commits, since a lock lasts as long as its transaction. What was done stays done: another run goes on from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from migration_lab.operations.nulls import NotNullError, refuse_nulls
from migration_lab.operations.steps import with_patience
from migration_lab.operations.writing import quoted, run, write

if TYPE_CHECKING:
    from migration_lab.operations.not_null import NotNullOp

_NOT_VALID = (18,)  # NOT NULL can wait for its check
_USES_CHECK = (12,)  # SET NOT NULL believes a valid CHECK
_LONGEST_NAME = 63
_LOCKED = ("55P03", "40P01")  # lock_not_available, deadlock_detected

_STATE = sa.text("""
    SELECT a.attnotnull AS required,
        (SELECT n.conname FROM pg_constraint AS n WHERE n.conrelid = a.attrelid AND n.contype = 'n'
            AND n.conkey = ARRAY[a.attnum] AND NOT n.convalidated) AS unchecked,
        (SELECT g.convalidated FROM pg_constraint AS g WHERE g.conrelid = a.attrelid AND g.contype = 'c'
            AND g.conname = :guard) AS guard
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE a.attrelid = to_regclass(:table) AND a.attname = :column AND a.attnum > 0 AND NOT a.attisdropped
        AND c.relkind IN ('r', 'p', 'f')
""")


@dataclass(frozen=True)
class _State:
    """``unchecked`` names a NOT NULL that is NOT VALID; ``guard`` says whether our CHECK is valid, None: not there."""

    required: bool
    unchecked: str | None
    guard: bool | None


class _Change:
    """One column's change, with all of its statements."""

    def __init__(self, context: MigrationContext, wanted: NotNullOp) -> None:
        self.context = context
        self.wanted = wanted
        self.where = f"{wanted.table_name}.{wanted.column_name}"
        self.table = ".".join(quoted(part) for part in (wanted.schema, wanted.table_name) if part)
        self.guard_name = guard_name(wanted.column_name)
        column, guard = quoted(wanted.column_name), quoted(self.guard_name)
        self.alter = f"ALTER TABLE {self.table}"
        self.set = f"{self.alter} ALTER COLUMN {column} SET NOT NULL"
        self.drop = f"{self.alter} ALTER COLUMN {column} DROP NOT NULL"
        self.add_unchecked = f"{self.alter} ADD NOT NULL {column} NOT VALID"
        self.add_guard = f"{self.alter} ADD CONSTRAINT {guard} CHECK ({column} IS NOT NULL) NOT VALID"
        self.validate_guard = self.validate(self.guard_name)
        self.drop_guard = f"{self.alter} DROP CONSTRAINT {guard}"

    def validate(self, name: str) -> str:
        """The statement that checks the old rows."""
        return f"{self.alter} VALIDATE CONSTRAINT {quoted(name)}"

    @property
    def connection(self) -> sa.Connection:
        """Alembic's, which is another one in an autocommit_block."""
        assert self.context.connection is not None
        return self.context.connection

    def state(self) -> _State:
        """How far it is. Raises NotNullError where there is no such column."""
        names = {"table": self.table, "column": self.wanted.column_name, "guard": self.guard_name}
        found = self.connection.execute(_STATE, names).one_or_none()
        if found is None:
            raise NotNullError(f"there is no column {self.where} of a table: check both names, and the schema")
        return _State(*found)

    def step(self, *statements: str) -> None:
        """Run the statements as one, without waiting long for a lock."""
        limit = f"SET LOCAL lock_timeout = '{int(self.wanted.lock_timeout * 1000)}ms'"

        def once() -> None:
            before = run(self.connection, "SHOW lock_timeout").scalar_one()
            with _at_once(self.connection):
                for statement in (limit, *statements, f"SET LOCAL lock_timeout = '{before}'"):
                    run(self.connection, statement)

        with_patience(self.where, self.wanted.attempts, _is_locked, once)


def change(operations: Operations, wanted: NotNullOp) -> None:
    """Forbid NULL in that column, or allow it. Does nothing where it is so already. Raises NotNullError."""
    change = _Change(operations.migration_context, wanted)
    if operations.migration_context.as_sql:
        _write(operations, change)
        return
    state = change.state()
    if wanted.nullable:
        statements = [change.drop] * state.required + [change.drop_guard] * (state.guard is not None)
        if statements:
            change.step(*statements)
    elif state != _State(True, None, None):
        version = change.connection.dialect.server_version_info or ()
        if version < _USES_CHECK:
            _believe_nothing(change)
            return
        with _each_step_commits(change):
            _require(change, state, version >= _NOT_VALID)


def guard_name(column: str) -> str:
    """What the CHECK is called that stands in for NOT NULL, for as long as it is checked."""
    name = f"not_null_in_progress_{column}"
    if len(name.encode()) > _LONGEST_NAME:
        return f"not_null_in_progress_{hashlib.sha256(column.encode()).hexdigest()[:16]}"
    return name


def _require(change: _Change, state: _State, can_wait: bool) -> None:
    if not state.required and state.guard is None:
        # Looked for before new rows are held to it: who finds some here has changed nothing.
        refuse_nulls(change.connection, change.wanted.table_name, change.wanted.column_name, change.wanted.schema)
        change.step(change.add_unchecked if can_wait else change.add_guard)
    try:
        state_now = change.state()
        if state_now.unchecked is not None:
            change.step(change.validate(state_now.unchecked))
        elif not state_now.required:
            if not state_now.guard:
                change.step(change.validate_guard)
            change.step(change.set, change.drop_guard)
        elif state_now.guard is not None:
            change.step(change.drop_guard)
    except sa.exc.IntegrityError:
        if not state.required and state.guard is None:
            change.step(change.drop if can_wait else change.drop_guard)
        refuse_nulls(change.connection, change.wanted.table_name, change.wanted.column_name, change.wanted.schema)
        raise


def _believe_nothing(change: _Change) -> None:
    """Before 12 all rows are read under the lock, whatever is known about them."""
    try:
        change.step(change.set)
    except sa.exc.IntegrityError:
        refuse_nulls(change.connection, change.wanted.table_name, change.wanted.column_name, change.wanted.schema)
        raise


@contextmanager
def _each_step_commits(change: _Change) -> Iterator[None]:
    """Autocommit, for each step to end its lock. Raises NotNullError where Alembic's settings stand against it."""
    if _autocommits(change.connection):
        yield
    elif change.context._transaction is not None and (
        change.context.opts.get("transaction_per_migration") or not change.context.impl.transactional_ddl
    ):
        with change.context.autocommit_block():
            yield
    else:
        outside = change.context._in_external_transaction
        remedy = (
            "give Alembic a connection without a transaction (engine.connect(), not engine.begin())"
            if outside
            else "set transaction_per_migration=True in env.py's context.configure(), or write it in a "
            "'with op.get_context().autocommit_block():'"
        )
        raise NotNullError(
            f"{change.where}: its locks would last until the end of this transaction, and everybody would wait for "
            f"the check of all rows: {remedy}"
        )


@contextmanager
def _at_once(connection: sa.Connection) -> Iterator[None]:
    """All or nothing: a savepoint in the transaction that is open, or one of its own."""
    if not _autocommits(connection):
        with connection.begin_nested():
            yield
        return
    run(connection, "BEGIN")
    try:
        yield
    except BaseException:
        run(connection, "ROLLBACK")
        raise
    run(connection, "COMMIT")


def _write(operations: Operations, change: _Change) -> None:
    """Without a connection: the way that is right on every version since 12, and on those before it only slower.

    The script ends the transaction that it is in and begins another behind it, one for all migrations, too: what it
    is in, a block of the caller's own perhaps, can't be told.
    """
    limit = f"SET lock_timeout = '{int(change.wanted.lock_timeout * 1000)}ms'"
    if change.wanted.nullable:
        write(operations, change.drop)
        return
    with change.context.autocommit_block():
        write(operations, limit, change.add_guard, change.validate_guard)
        write(operations, "BEGIN", change.set, change.drop_guard, "COMMIT", "RESET lock_timeout")


def _autocommits(connection: sa.Connection) -> bool:
    """Asked of the driver: SQLAlchemy tells the level of isolation only."""
    return getattr(connection.connection.dbapi_connection, "autocommit", False) is True


def _is_locked(error: BaseException | None) -> bool:
    return (getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)) in _LOCKED
