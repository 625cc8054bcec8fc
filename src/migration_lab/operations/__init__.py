"""NOT NULL set and dropped on any engine, losing nothing: importing this adds the operations to Alembic's own."""

from migration_lab.operations.autogenerate import write_not_null
from migration_lab.operations.not_null import DropNotNullOp, SetNotNullOp
from migration_lab.operations.nulls import NotNullError, NullsError

__all__ = ["DropNotNullOp", "NotNullError", "NullsError", "SetNotNullOp", "write_not_null"]
