"""Caught by: a new row without a value gets the number 1
Breaks: A new row without a value gets the number 1

The rows are clean until the next insert.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE users SET is_active = 1 WHERE is_active = 'true'")
    op.execute("UPDATE users SET is_active = 0 WHERE is_active = 'false'")


def downgrade() -> None:
    pass
