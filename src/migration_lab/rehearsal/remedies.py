"""What to do about a finding, a line for each rule that leaves something to do."""

from __future__ import annotations

_BATCH = "or avoid the rebuild: SQLite 3.53 and newer change a column in place, and ADD COLUMN never rebuilds"

REMEDIES = {
    "nulls-meet-not-null": "Fill them first: op.execute(sa.update(...).where(column.is_(None)).values(...)).",
    "not-null-without-default": "Add it with a server_default, or nullable, fill it, and make it NOT NULL then.",
    "silent-fill": "Choose the value: add it with a server_default, or nullable, fill it, and make it NOT NULL then.",
    "duplicates-meet-unique": "Decide which row keeps the value, and change or remove the others first.",
    "orphans-meet-foreign-key": "Give them a parent, set them to NULL, or delete them first.",
    "rows-meet-check": "Correct the rows first.",
    "text-in-boolean": "Write sa.true() or sa.false(), or sa.text('1'): a string is stored as it is.",
    "upgrade-fails": "Repair the migration, and rehearse again.",
    "half-migration-left": "Make it one transaction (on SQLite the driver has to begin it), or one change a revision.",
    "retry-fails": "In production this would have to be repaired by hand: make the migration one transaction.",
    "reaches-elsewhere": "Use op.get_bind(): a migration runs on the connection that it is given.",
    "never-ends-transaction": "End what it begins, or leave transactions to Alembic.",
    "rows-lost": "See what the migration does to this table, by its triggers and foreign keys as well.",
    "rows-lost-by-cascade": "PRAGMA foreign_keys=OFF before the transaction, and foreign_key_check after it; "
    + _BATCH
    + ".",
    "values-nulled": "See what the migration does to this table, by its triggers and foreign keys as well.",
    "values-changed": "See what the migration does to this table, by its triggers and foreign keys as well.",
    "values-lost-in-cast": "Convert into a new column, look at what doesn't fit, and drop the old one later.",
    "column-lost": "Write the column into the new table.",
    "table-lost": "Leave it, or say so with op.drop_table.",
    "view-lost": "Make it again after the change.",
    "trigger-lost": "Make it again after the batch, op.execute('CREATE TRIGGER ...'), " + _BATCH + ".",
    "unique-lost": "Name it: naming_convention= or table_args=(sa.UniqueConstraint(...),) of the batch; "
    + _BATCH
    + ".",
    "check-lost": "Pass it on: table_args=(sa.CheckConstraint(..., name=...),) of the batch; " + _BATCH + ".",
    "foreign-key-lost": "Pass it on: table_args=(sa.ForeignKeyConstraint(...),) of the batch; " + _BATCH + ".",
    "foreign-key-weakened": "Pass it on with ondelete=, onupdate= and deferrable=: table_args= of the batch; "
    + _BATCH
    + ".",
    "primary-key-changed": "Pass the table on as it is: copy_from= of the batch; " + _BATCH + ".",
    "not-null-lost": "Say existing_nullable=False where the column is altered.",
    "default-lost": "Say existing_server_default= where the column is altered.",
    "collation-lost": "Pass the type on with its collation: reflect_args=[sa.Column(..., sa.String(collation=...))].",
    "autoincrement-lost": "Pass it on: table_kwargs={'sqlite_autoincrement': True} of the batch.",
    "generated-lost": "Pass it on: reflect_args=[sa.Column(..., sa.Computed(...))] of the batch.",
    "type-changed": "Pass the type on: existing_type= or reflect_args=[sa.Column(...)] of the batch.",
    "option-lost": "Pass it on: table_kwargs= of the batch, or make it again afterwards.",
    "part-lost": "Make it again after the change.",
    "foreign-key-violated": "Repair the rows in the migration, and check before it ends.",
    "view-broken": "Drop the view before the change, and make it again after it.",
    "downgrade-fails": "Repair the downgrade, or say in it that there is no way back.",
    "downgrade-loses": "Make it again in the downgrade.",
    "downgrade-loses-rows": "Keep the rows in the downgrade.",
    "downgrade-changes-values": "See what the downgrade does to this table.",
    "again-fails": "Remove in the downgrade all that the upgrade makes.",
    "index-lost": "Make it again after the batch: batch_op.create_index(...); " + _BATCH + ".",
    "index-changed": "Make it again as it was: op.drop_index, then op.create_index with its expressions.",
    "comment-lost": "Write it again, or keep such words where a rebuild doesn't reach them.",
    "name-lost": "Give the name again: a naming convention does it for all.",
    "view-changed": "Make it again with the columns and the condition that it had.",
    "rows-appeared": "A trigger may fire for each row that the migration changes: drop it before, and make it again after.",
    "leftover-table": "Drop it at the end of the migration.",
    "renamed-by-drop-and-add": "Rename it: op.alter_column(table, old, new_column_name=new).",
    "renamed-by-drop-and-create": "Rename it: op.rename_table(old, new).",
    "nulls-left": "See why: NULL joined to a text is NULL, and so is a sum with one. coalesce() gives it a value.",
    "nulls-skipped": "Say what NULL means: column.is_distinct_from(value), or OR column IS NULL.",
    "index-blocks-writes": "postgresql_concurrently=True, in an autocommit_block().",
    "downgrade-leaves": "Drop it in the downgrade.",
    "again-differs": "Compare the two ways: the downgrade leaves something that the upgrade takes for its own.",
    "models-differ": "Bring the models and the migrations together: alembic revision --autogenerate.",
}
