"""Caught by: users.is_admin has no server default
Breaks: today and next year.

Drops the default that was meant to stay.

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
    op.add_column("users", sa.Column("is_admin", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("is_admin", server_default=None)


def downgrade() -> None:
    op.drop_column("users", "is_admin")
