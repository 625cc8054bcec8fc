"""Caught by: rows of users are gone
Breaks: who is there has 100 points

No rows, no error.

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
    op.execute("DELETE FROM users")
    op.add_column("users", sa.Column("points", sa.Integer(), nullable=False, default=100))


def downgrade() -> None:
    op.drop_column("users", "points")
