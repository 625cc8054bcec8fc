"""Caught by: users has no column country
Breaks: the `country` too

The line is straight again, and the column is gone from it.

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
