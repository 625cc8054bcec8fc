"""Counted in Python, in the right order

Revision ID: 0002
Revises: 0001
"""

from collections import Counter

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

    connection = op.get_bind()
    orders = connection.execute(
        sa.text("SELECT id, user_id FROM orders ORDER BY placed_on, id"),
    ).all()
    numbers: Counter[int] = Counter()
    for order_id, user_id in orders:
        numbers[user_id] += 1
        connection.execute(
            sa.text("UPDATE orders SET number = :number WHERE id = :id"),
            {"number": numbers[user_id], "id": order_id},
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
