"""Caught by: everyone has the time of their own latest login
Breaks: without a default: the time of the user's **latest** row in `logins`.

One moment for all of them.

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
        "users", sa.Column("last_seen_at", sa.DateTime(), nullable=False, server_default="2026-01-01 00:00:00")
    )


def downgrade() -> None:
    op.drop_column("users", "last_seen_at")
