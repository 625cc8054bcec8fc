"""Caught by: everyone who was there has 100 points
Breaks: who is there has 100 points

100.0: equal to 100, and no whole number for the application.

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
    op.add_column("users", sa.Column("points", sa.Float(), nullable=False, server_default="100"))


def downgrade() -> None:
    op.drop_column("users", "points")
