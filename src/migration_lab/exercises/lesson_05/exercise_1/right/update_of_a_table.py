"""The same without a word of SQL, for any database

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
    users = sa.table("users", sa.column("is_active", sa.Boolean()))
    unknown = users.c.is_active.is_(None)
    op.execute(sa.update(users).where(unknown).values(is_active=sa.true()))

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "is_active",
            existing_type=sa.Boolean(),
            nullable=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "is_active",
            existing_type=sa.Boolean(),
            nullable=True,
        )
