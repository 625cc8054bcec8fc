"""Caught by: whoever had a value keeps it
Breaks: whoever has a value keeps it

Whoever had a value gets another one

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
    last_key = sa.text("SELECT max(id) FROM (SELECT id FROM users WHERE id > :done ORDER BY id LIMIT 250)")
    fill = sa.text(
        "UPDATE users SET spent = "
        "(SELECT coalesce(sum(amount), 0) FROM orders "
        "WHERE orders.username = users.username) "
        "WHERE id > :done AND id <= :last"
    )
    with op.get_context().autocommit_block():
        done = 0
        while last := bind.execute(last_key, {"done": done}).scalar():
            bind.execute(fill, {"done": done, "last": last})
            done = last
            time.sleep(0.03)


def downgrade() -> None:
    pass
