"""Alembic's batch mode, for an SQLite that lets nobody change the stored text: the table is copied, and watched."""

from __future__ import annotations

from dataclasses import replace

from alembic.operations import Operations

from migration_lab.operations.nulls import NotNullError, refuse_nulls
from migration_lab.snapshot import COUNT_LIMIT, Snapshot, diff, read_snapshot


def rebuild(operations: Operations, schema: str, table: str, name: str, nullable: bool, lossy: bool) -> None:
    """Rebuild the table, and look what else that changed. To be called in a transaction.

    Raises NotNullError, for the transaction to be rolled back, where something was lost and losses aren't accepted.
    Where other rows would be deleted along with the old table (foreign keys are enforced), it always does.
    """
    connection = operations.get_bind()
    where = f"{table}.{name}: this SQLite lets nobody change its stored schema, and batch mode"
    children = (
        connection.exec_driver_sql(
            "SELECT DISTINCT m.name FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f "
            "WHERE m.type = 'table' AND f.\"table\" = ? COLLATE NOCASE",
            (table,),
        )
        .scalars()
        .all()
    )
    if children and connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
        raise NotNullError(
            f"{where} would act on rows of {', '.join(children)} when it drops the old {table}: "
            "run PRAGMA foreign_keys = OFF on the connection, before its transaction"
        )
    if schema != "main":
        raise NotNullError(f"{where} is watched in the main database only: connect to {schema!r} itself")
    if not nullable:
        refuse_nulls(connection, table, name, schema)
    before = read_snapshot(connection, count_limit=COUNT_LIMIT)
    try:
        with operations.batch_alter_table(table) as batch:
            batch.alter_column(name, nullable=nullable)
    except Exception as error:
        raise NotNullError(f"{where} fails ({error}): nothing was changed") from error
    lost = diff(_meant(before, table, name, nullable), read_snapshot(connection, count_limit=COUNT_LIMIT)).changes
    if lost and not lossy:
        told = "; ".join(change.describe() for change in lost)
        raise NotNullError(
            f"{where}, which copies the table, would change more ({told}): nothing was changed; "
            "accept_losses=True does it nevertheless"
        )


def _meant(before: Snapshot, table: str, name: str, nullable: bool) -> Snapshot:
    old = before.tables[table]
    columns = tuple(replace(column, nullable=nullable) if column.name == name else column for column in old.columns)
    return replace(before, tables={**before.tables, table: replace(old, columns=columns)})
