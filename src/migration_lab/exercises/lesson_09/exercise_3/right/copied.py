"""A new column, filled from the old one before that goes.

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
    op.alter_column("users", "username", new_column_name="login")
    op.create_index("ix_users_login", "users", ["login"], unique=True)


def downgrade() -> None:
    op.add_column("users", sa.Column("username", sa.String(50)))
    op.execute("UPDATE users SET username = login")
    op.drop_index("ix_users_login", "users")
    op.drop_column("users", "login")
