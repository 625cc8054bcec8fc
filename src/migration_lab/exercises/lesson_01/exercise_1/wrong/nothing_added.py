"""Caught by: users has no column display_name
Breaks: Write the migration that adds it to the table

The model has it. The database was never told.

Revision ID: 0002
Revises: 0001
"""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
