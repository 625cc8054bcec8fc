"""Add, fill, tighten: on the way back, too

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
    op.add_column(
        "users",
        sa.Column("is_admin", sa.Boolean(), nullable=True),
    )
    op.execute("UPDATE users SET is_admin = (role = 'admin')")

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "is_admin",
            existing_type=sa.Boolean(),
            nullable=False,
        )
        batch_op.drop_column("role")
