"""Caught by: users.is_admin is of type INTEGER, not BOOLEAN
Breaks: a Boolean

On SQLite one sees no difference; PostgreSQL compares no number with true.

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
    op.add_column("users", sa.Column("is_admin", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("users", "is_admin")
