"""Caught by: users (login) takes the same value twice
Breaks: and is UNIQUE by an index.

Less to undo.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("users", "username", new_column_name="login")


def downgrade() -> None:
    op.alter_column("users", "login", new_column_name="username")
