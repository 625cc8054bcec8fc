"""Caught by: each order has its number among the orders of its user
Breaks: 1 for a user's first order, 2 for the second, and so on

The count of a user's orders, in each of them; and no UNIQUE.

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

    op.execute("UPDATE orders SET number = (SELECT count(*) FROM orders AS o WHERE o.user_id = orders.user_id)")

    with op.batch_alter_table("orders") as batch_op:
        batch_op.alter_column("number", existing_type=sa.Integer(), nullable=False)


def downgrade() -> None:
    op.drop_column("orders", "number")
