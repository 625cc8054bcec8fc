"""Caught by: every row that was there holds the number 0 in is_admin
Breaks: with a server default of false.

A string is quoted: SQLite keeps the word, and WHERE is_admin = 0 misses it.

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
    op.add_column("users", sa.Column("is_admin", sa.Boolean(), nullable=False, server_default="false"))


def downgrade() -> None:
    op.drop_column("users", "is_admin")
