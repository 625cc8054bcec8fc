"""NOT NULL on MariaDB and MySQL: MODIFY with the column's whole definition, in the words of the server itself.

MODIFY takes what it isn't told for dropped, and outside of strict mode it fills '' or 0 in for NULL (the manuals'
"ALTER TABLE" and "SQL mode"). So the text comes from SHOW CREATE TABLE, is tried on an empty copy, and strict mode is
on meanwhile: whatever comes in between, the server refuses a NULL itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic.operations import Operations

from migration_lab.operations.mysql_text import Definition, column_definition
from migration_lab.operations.nulls import NotNullError, refuse_nulls
from migration_lab.operations.steps import with_patience
from migration_lab.operations.writing import quoted, run

if TYPE_CHECKING:
    from migration_lab.operations.not_null import NotNullOp

_TRIAL = "`migration_lab_set_not_null`"
_LOCKED = (1205, 1213)  # lock wait timeout, deadlock
# Read-only on an older MariaDB, and not for everybody on MySQL: what comes of that shows when it is tried.
_FIXED_SOMEWHERE = "explicit_defaults_for_timestamp"
# Old dates of other columns are no concern of this.
_SETTINGS = {
    "sql_mode": "'STRICT_ALL_TABLES,ALLOW_INVALID_DATES'",
    "sql_quote_show_create": "1",
    _FIXED_SOMEWHERE: "1",  # otherwise a TIMESTAMP that can't be NULL gets a default
}


def change(operations: Operations, wanted: NotNullOp) -> None:
    """Forbid NULL in that column, or allow it. Does nothing where it is so already. Raises NotNullError.

    As any ALTER TABLE there, it commits what came before it.
    """
    where = f"{wanted.table_name}.{wanted.column_name}"
    if operations.migration_context.as_sql:
        raise NotNullError(
            f"{where}: MODIFY needs the column's whole definition, which only the database knows: run the migration "
            "itself, without --sql"
        )
    connection = operations.get_bind()
    table = ".".join(quoted(name, "`") for name in (wanted.schema, wanted.table_name) if name)
    with _settings(connection, max(1, int(wanted.lock_timeout))):
        before = _read(connection, table, wanted.column_name, where)
        if before.required is not wanted.nullable:
            return
        if before.generated and getattr(connection.dialect, "is_mariadb", False):
            raise NotNullError(f"{where}: MariaDB knows no NOT NULL for a generated column: use a CHECK instead")
        if not wanted.nullable:
            refuse_nulls(connection, wanted.table_name, wanted.column_name, wanted.schema)
        modify = f"MODIFY COLUMN {before.with_null(wanted.nullable)}"
        _try(connection, table, wanted, where, before, modify)
        try:
            alter = f"ALTER TABLE {table} {modify}"
            with_patience(where, wanted.attempts, _is_locked, lambda: run(connection, alter))
        except (NotNullError, sa.exc.IntegrityError):
            if not wanted.nullable:  # some that came in meanwhile
                refuse_nulls(connection, wanted.table_name, wanted.column_name, wanted.schema)
            raise
        try:
            _compare(before, _read(connection, table, wanted.column_name, where), wanted, where)
        except NotNullError:  # found out only now, where there could be no trial
            back = f"ALTER TABLE {table} MODIFY COLUMN {before.text}"
            told = f"{where} isn’t as it was, for which run {back}"
            with_patience(told, wanted.attempts, _is_locked, lambda: run(connection, back))
            raise


def _read(connection: sa.Connection, table: str, column: str, where: str) -> Definition:
    try:
        shown = run(connection, f"SHOW CREATE TABLE {table}")
    except sa.exc.DBAPIError as error:
        raise NotNullError(f"{where}: {_words(error)}") from error
    if next(iter(shown.keys())) != "Table":
        raise NotNullError(f"{where}: that is a view, which has no NOT NULL of its own: name the table with the rows")
    found = column_definition(str(tuple(shown.one())[1]), column)
    if found is None:
        raise NotNullError(f"there is no column {where}: check its name, and that it has been added")
    return found


def _try(connection: sa.Connection, table: str, wanted: NotNullOp, where: str, before: Definition, modify: str) -> None:
    """Do it on an empty copy that nobody else sees. Raises NotNullError where the server would do something else."""
    try:
        run(connection, f"CREATE TEMPORARY TABLE {_TRIAL} LIKE {table}")
    except sa.exc.DBAPIError:
        return  # of a partitioned table there is none, and not everybody may make one
    try:
        run(connection, f"ALTER TABLE {_TRIAL} {modify}")
        _compare(before, _read(connection, _TRIAL, wanted.column_name, where), wanted, where)
    except sa.exc.DBAPIError as error:
        raise NotNullError(f"{where}: {_words(error)}") from error
    finally:
        run(connection, f"DROP TEMPORARY TABLE {_TRIAL}")


def _compare(before: Definition, after: Definition, wanted: NotNullOp, where: str) -> None:
    if after.required is wanted.nullable or after.rest != before.rest:
        raise NotNullError(
            f"{where}: the server makes {after.text} of {before.with_null(wanted.nullable)}: give the column what is "
            "added there first, as by alter_column(..., server_default=...), and run the migration again"
        )


@contextmanager
def _settings(connection: sa.Connection, lock_seconds: int) -> Iterator[None]:
    """The session's settings for this, and those that it had before."""
    wanted = _SETTINGS | {"lock_wait_timeout": str(lock_seconds)}
    values: Sequence[object] = run(connection, f"SELECT {', '.join(f'@@{name}' for name in wanted)}").one()
    before = {
        name: f"'{value}'" if isinstance(value, str) else str(value) for name, value in zip(wanted, values, strict=True)
    }
    changed = []
    for name in wanted:
        if before[name] != wanted[name]:
            try:
                run(connection, f"SET SESSION {name} = {wanted[name]}")
            except sa.exc.DBAPIError:
                if name != _FIXED_SOMEWHERE:
                    raise
            else:
                changed.append(name)
    try:
        yield
    finally:
        for name in changed:
            run(connection, f"SET SESSION {name} = {before[name]}")


def _words(error: sa.exc.DBAPIError) -> str:
    arguments: tuple[Any, ...] = getattr(error.orig, "args", ())
    return str(arguments[1] if len(arguments) > 1 else error.orig).partition("\n")[0]


def _is_locked(error: BaseException | None) -> bool:
    return getattr(error, "args", (None,))[0] in _LOCKED
