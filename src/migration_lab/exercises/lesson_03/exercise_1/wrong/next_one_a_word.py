"""Caught by: a new row without a value gets the number 0
Breaks: with a server default of false.

The rows that are there are numbers. The default is a word.

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
    op.execute("UPDATE users SET is_admin = 0")


def downgrade() -> None:
    op.drop_column("users", "is_admin")
