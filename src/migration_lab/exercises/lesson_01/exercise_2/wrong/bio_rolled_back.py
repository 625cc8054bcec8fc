"""Caught by: Lost on the way: users: column bio vanished
Breaks: the `country` too

In the order that the colleague had: 0002 is taken back for it, with everyone's bio.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("users", "bio")
    op.add_column("users", sa.Column("country", sa.String(length=2), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "country")
    op.add_column("users", sa.Column("bio", sa.String(length=200), nullable=True))
