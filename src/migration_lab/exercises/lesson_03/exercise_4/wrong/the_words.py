"""Caught by: everyone who was there has the moment of the migration
Breaks: a DateTime

Quoted, it is the words CURRENT_TIMESTAMP.

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
    op.add_column("users", sa.Column("joined_at", sa.DateTime(), nullable=False, server_default="CURRENT_TIMESTAMP"))


def downgrade() -> None:
    op.drop_column("users", "joined_at")
