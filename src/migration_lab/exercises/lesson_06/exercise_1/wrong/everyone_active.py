"""Caught by: users.status still has the server default
Breaks: no default

One default for all, and it stays.

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
    with op.batch_alter_table("users") as batch_op:
        batch_op.add_column(sa.Column("status", sa.String(length=6), nullable=False, server_default="active"))
        batch_op.create_check_constraint("user_status", "status IN ('new', 'active', 'banned')")


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint("user_status", type_="check")
        batch_op.drop_column("status")
