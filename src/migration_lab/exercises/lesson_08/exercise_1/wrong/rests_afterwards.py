"""Caught by: waited
Breaks: but never 0.4 s)

One UPDATE, and a rest, so that it is a small share of the whole

Revision ID: 0002
Revises: 0001
"""

import time

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.get_bind().exec_driver_sql(
            "UPDATE users SET spent = "
            "(SELECT coalesce(sum(amount), 0) FROM orders "
            "WHERE orders.username = users.username) "
            "WHERE spent IS NULL"
        )
        time.sleep(1)


def downgrade() -> None:
    pass
