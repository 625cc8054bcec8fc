"""The tool's chunks, as long as the lock budget lets them be

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from migration_lab.backfill import backfill

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    spent = """
        (SELECT coalesce(sum(amount), 0) FROM orders
        WHERE orders.username = users.username)
    """
    with op.get_context().autocommit_block():
        backfill(
            op.get_bind(),
            "users",
            {"spent": spent},
            where="spent IS NULL",
            lock_budget=0.02,
            pause=0.02,
            progress=False,
        )


def downgrade() -> None:
    pass
