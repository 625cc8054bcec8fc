"""How ``alembic revision --autogenerate`` writes the operations, for whoever asks for it in env.py.

    import migration_lab.operations
    context.configure(..., process_revision_directives=migration_lab.operations.write_not_null)

It is a Rewriter of Alembic's ("Fine-Grained Autogenerate Generation with Rewriters"): others can be chained to it.
"""

from __future__ import annotations

from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.autogenerate.rewriter import Rewriter
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from migration_lab.operations.not_null import DropNotNullOp, NotNullOp, SetNotNullOp

write_not_null = Rewriter()


@write_not_null.rewrites(ops.AlterColumnOp)
def _apart(_context: MigrationContext, _revision: Any, found: ops.AlterColumnOp) -> list[ops.MigrateOperation]:
    """The change of NULL in a line of its own, behind whatever else is altered."""
    if found.modify_nullable is None:
        return [found]
    other = DropNotNullOp if found.modify_nullable else SetNotNullOp
    own = other(found.table_name, found.modify_name or found.column_name, found.schema)
    found.existing_nullable = not found.modify_nullable
    found.modify_nullable = None
    return [found, own] if found.has_changes() else [own]


@renderers.dispatch_for(NotNullOp)
def _render(context: AutogenContext, operation: NotNullOp) -> str:
    name = "drop_not_null" if operation.nullable else "set_not_null"
    if context._has_batch:
        return f"batch_op.{name}({str(operation.column_name)!r})"
    schema = f", schema={str(operation.schema)!r}" if operation.schema else ""
    prefix = context.opts["alembic_module_prefix"] or ""
    return f"{prefix}{name}({str(operation.table_name)!r}, {str(operation.column_name)!r}{schema})"
