"""Caught by: Other columns of users changed
Breaks: john's `'pro'` stays `'pro'`

Dropped and added again: john's plan is gone.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("users", "plan")
    op.add_column("users", sa.Column("plan", sa.String(length=20), nullable=True))
    op.execute("UPDATE users SET plan = 'free'")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("plan", existing_type=sa.String(length=20), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "plan", existing_type=sa.String(length=20), existing_nullable=False, server_default="free"
        )
