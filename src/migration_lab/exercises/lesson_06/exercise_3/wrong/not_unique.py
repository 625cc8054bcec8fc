"""Caught by: orders (user_id, number) takes the same value twice
Breaks: `(user_id, number)` together are UNIQUE.

The constraint is in the model only.

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


def downgrade() -> None:
    op.drop_column("orders", "number")
