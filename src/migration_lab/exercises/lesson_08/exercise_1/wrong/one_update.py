"""Caught by: waited
Breaks: meanwhile no customer waits longer than 0.2 s

Right, and in everybody's way

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        "UPDATE users SET spent = "
        "(SELECT coalesce(sum(amount), 0) FROM orders "
        "WHERE orders.username = users.username) "
        "WHERE spent IS NULL"
    )


def downgrade() -> None:
    pass
