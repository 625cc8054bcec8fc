"""Caught by: The report has downgrade-leaves users.ix_users_login
Breaks: Repair `downgrade()` until **the report is clean**,

The name is back, and is UNIQUE still.

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
    op.create_index("ix_users_login", "users", ["login"], unique=True)


def downgrade() -> None:
    op.alter_column("users", "login", new_column_name="username")
