"""Numbered by a window function

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
    op.add_column(
        "orders",
        sa.Column("number", sa.Integer(), nullable=True),
    )

    op.execute(
        """
        WITH numbered AS (
            SELECT id, row_number() OVER (
                PARTITION BY user_id ORDER BY placed_on, id
            ) AS number
            FROM orders
        )
        UPDATE orders SET number = (
            SELECT number FROM numbered WHERE numbered.id = orders.id
        )
        """
    )

    with op.batch_alter_table("orders") as batch_op:
        batch_op.alter_column(
            "number",
            existing_type=sa.Integer(),
            nullable=False,
        )
        # user_id is second: an index that begins with it serves the
        # foreign key, and MariaDB won't drop it on the way back.
        batch_op.create_unique_constraint(
            "uq_orders_number",
            ["number", "user_id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_constraint("uq_orders_number", type_="unique")
        batch_op.drop_column("number")
