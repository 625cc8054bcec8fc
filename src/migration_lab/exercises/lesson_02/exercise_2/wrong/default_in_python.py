"""Caught by: Cannot add a NOT NULL column
Breaks: Repair `0002`: who is there has 100 points

Still a default= that never leaves Python.

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
    op.add_column("users", sa.Column("points", sa.Integer(), nullable=False, default=lambda: 100))


def downgrade() -> None:
    op.drop_column("users", "points")
