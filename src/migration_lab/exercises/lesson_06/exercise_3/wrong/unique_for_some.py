"""Caught by: orders (user_id, number) takes the same value twice
Breaks: `(user_id, number)` together are UNIQUE.

The index is on the orders that are there today.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("number", sa.Integer(), nullable=True))
    op.execute(
        """
        WITH numbered AS (
            SELECT id, row_number() OVER (PARTITION BY user_id ORDER BY placed_on, id) AS number FROM orders
        )
        UPDATE orders SET number = (SELECT number FROM numbered WHERE numbered.id = orders.id)
        """
    )
    with op.batch_alter_table("orders") as batch_op:
        batch_op.alter_column("number", existing_type=sa.Integer(), nullable=False)
    op.execute("CREATE UNIQUE INDEX uq_number ON orders (user_id, number) WHERE placed_on < '2026-01-01'")


def downgrade() -> None:
    op.drop_index("uq_number", "orders")
    op.drop_column("orders", "number")
