"""Caught by: everyone has the sum of their orders
Breaks: for each user without a value

The rows move up while it counts them off

Revision ID: 0002
Revises: 0001
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bind = op.get_bind()
    with op.get_context().autocommit_block():
        offset = 0
        while True:
            ids = bind.execute(
                sa.text("SELECT id FROM users WHERE spent IS NULL ORDER BY id LIMIT 250 OFFSET :offset"),
                {"offset": offset},
            ).scalars()
            found = list(ids)
            if not found:
                break
            bind.execute(
                sa.text(
                    "UPDATE users SET spent = "
                    "(SELECT coalesce(sum(amount), 0) FROM orders "
                    "WHERE orders.username = users.username) "
                    "WHERE spent IS NULL AND id BETWEEN :low AND :top"
                ),
                {"low": found[0], "top": found[-1]},
            )
            offset += 250
            time.sleep(0.03)


def downgrade() -> None:
    pass
