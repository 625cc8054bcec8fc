"""Caught by: waited
Breaks: nobody waits longer than 0.2 s
Breaks: (on a slow computer: 0.4 s)

The pause comes before the commit, and lets nobody in

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
    there = sa.inspect(bind).get_columns("users")
    if "login" not in [column["name"] for column in there]:
        op.add_column("users", sa.Column("login", sa.String(50), nullable=True))
    chunk = sa.text(
        "UPDATE users SET login = lower(username) WHERE id IN "
        "(SELECT id FROM users WHERE login IS NULL ORDER BY id LIMIT 7000)"
    )
    filled = 1
    while filled:
        with bind.engine.begin() as connection:
            filled = connection.execute(chunk).rowcount
            if filled:
                time.sleep(0.6)


def downgrade() -> None:
    op.drop_column("users", "login")
