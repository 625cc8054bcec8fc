"""Counted by a subquery, UNIQUE by an index

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE orders ADD COLUMN number INT")
    op.execute(
        """
        UPDATE orders SET number = (
            SELECT count(*) FROM orders AS earlier
            WHERE earlier.user_id = orders.user_id
            AND (earlier.placed_on, earlier.id)
                <= (orders.placed_on, orders.id)
        )
        """
    )
    with op.batch_alter_table("orders") as batch_op:
        batch_op.alter_column("number", nullable=False)
    op.create_index(
        "orders_by_number",
        "orders",
        ["user_id", "number"],
        unique=True,
    )


def downgrade() -> None:
    op.execute("DROP INDEX orders_by_number")
    op.execute("ALTER TABLE orders DROP COLUMN number")
