"""Caught by: duplicate column name: login
Breaks: it goes on at the next `upgrade head`

The second run dies of the column that the first has added

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
    op.add_column("users", sa.Column("login", sa.String(50), nullable=True))
    chunk = sa.text(
        "UPDATE users SET login = lower(username) WHERE id IN "
        "(SELECT id FROM users WHERE login IS NULL ORDER BY id LIMIT 1000)"
    )
    with op.get_context().autocommit_block():
        while bind.execute(chunk).rowcount:
            time.sleep(0.02)


def downgrade() -> None:
    op.drop_column("users", "login")
