"""Caught by: users.plan still has the server default
Breaks: Write the migration that drops the default.

The model has no default: but nobody told the database.

Revision ID: 0003
Revises: 0002
"""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
