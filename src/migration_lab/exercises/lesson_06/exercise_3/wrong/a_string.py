"""Caught by: orders.number is of type VARCHAR(10), not INTEGER
Breaks: `orders.number` is an Integer

The tenth order comes before the second.

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
    op.add_column("orders", sa.Column("number", sa.String(length=10), nullable=True))
    op.execute(
        """
        WITH numbered AS (
            SELECT id, row_number() OVER (PARTITION BY user_id ORDER BY placed_on, id) AS number FROM orders
        )
        UPDATE orders SET number = (SELECT number FROM numbered WHERE numbered.id = orders.id)
        """
    )
    with op.batch_alter_table("orders") as batch_op:
        batch_op.alter_column("number", existing_type=sa.String(length=10), nullable=False)
        batch_op.create_unique_constraint("uq_orders_number", ["user_id", "number"])


def downgrade() -> None:
    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_constraint("uq_orders_number", type_="unique")
        batch_op.drop_column("number")
