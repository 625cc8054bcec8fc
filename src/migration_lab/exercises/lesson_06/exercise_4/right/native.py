"""Tightened by SQLite itself, filled in Python

Since: SQLite 3.53

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
    op.add_column(
        "users",
        sa.Column("role", sa.String(length=10), nullable=True),
    )
    op.execute(
        """
        UPDATE users SET role =
            CASE WHEN is_admin THEN 'admin' ELSE 'member' END
        """
    )
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "role",
            existing_type=sa.String(length=10),
            nullable=False,
        )
        batch_op.drop_column("is_admin")


def downgrade() -> None:
    op.add_column("users", sa.Column("is_admin", sa.Boolean()))
    users = sa.table("users", sa.column("role"), sa.column("is_admin"))
    for role, is_admin in (("admin", 1), ("member", 0)):
        those = users.c.role == role
        op.execute(sa.update(users).where(those).values(is_admin=is_admin))
    op.alter_column("users", "is_admin", nullable=False)
    op.drop_column("users", "role")
