"""Caught by: Cannot add a column with non-constant default
Breaks: Write the migration

A plain ADD COLUMN takes constants only.

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
        "users", sa.Column("joined_at", sa.DateTime(), nullable=False, server_default=sa.text("CURRENT_TIMESTAMP"))
    )


def downgrade() -> None:
    op.drop_column("users", "joined_at")
