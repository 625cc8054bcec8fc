"""Caught by: users.team still allows NULL
Breaks: Write the migration after which `team` is NOT NULL

Filled, not tightened.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE users SET team = 'none' WHERE team IS NULL")


def downgrade() -> None:
    pass
