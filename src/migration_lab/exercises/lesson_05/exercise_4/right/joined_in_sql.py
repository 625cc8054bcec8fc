"""Joined in SQL

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
    users = sa.table(
        "users",
        sa.column("id", sa.Integer),
        sa.column("email", sa.String),
    )
    number = sa.cast(users.c.id, sa.String)
    address = sa.literal("unknown-") + number + "@example.invalid"
    nobody = users.c.email.is_(None)
    op.execute(sa.update(users).where(nobody).values(email=address))

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "email",
            existing_type=sa.String(length=100),
            nullable=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "email",
            existing_type=sa.String(length=100),
            nullable=True,
        )
    op.execute(
        """
        UPDATE users SET email = NULL
        WHERE email LIKE 'unknown-%@example.invalid'
        """
    )
