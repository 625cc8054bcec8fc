"""add is_active

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
    op.add_column("users", sa.Column("is_active", sa.Boolean(), nullable=True))
    users = sa.table("users", sa.column("is_active", sa.Boolean()))
    missing = users.c.is_active.is_(None)
    op.execute(sa.update(users).where(missing).values(is_active=sa.true()))
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "is_active",
            existing_type=sa.Boolean(),
            nullable=False,
        )


def downgrade() -> None:
    op.drop_column("users", "is_active")
