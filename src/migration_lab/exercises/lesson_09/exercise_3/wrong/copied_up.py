"""Caught by: users.username is still there
Breaks: On its way up, this migration is well:

The old name stays.

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
    op.add_column("users", sa.Column("login", sa.String(50)))
    op.execute("UPDATE users SET login = username")
    op.create_index("ix_users_login", "users", ["login"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_users_login", "users")
    op.drop_column("users", "login")
