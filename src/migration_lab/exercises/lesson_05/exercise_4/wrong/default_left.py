"""Caught by: users.email still has the server default
Breaks: no default comes.

An empty default, for the first who forgets.

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
    op.execute("UPDATE users SET email = 'unknown-' || id || '@example.invalid' WHERE email IS NULL")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(length=100), nullable=False, server_default="")


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(length=100), nullable=True, server_default=None)
    op.execute("UPDATE users SET email = NULL WHERE email LIKE 'unknown-%@example.invalid'")
