"""Caught by: After the downgrade, other than before
Breaks: and everything is as before,

It is called user_name, which isn't what it was called.

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
    op.drop_index("ix_users_login", "users")
    op.alter_column("users", "login", new_column_name="user_name")
