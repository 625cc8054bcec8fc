"""A string, and a CHECK made in the batch that tightens it

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
        sa.Column("status", sa.String(length=6), nullable=True),
    )

    op.execute(
        """
        UPDATE users SET status = CASE
            WHEN banned THEN 'banned'
            WHEN last_login IS NULL THEN 'new'
            ELSE 'active'
        END
        """
    )

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "status",
            existing_type=sa.String(length=6),
            nullable=False,
        )
        batch_op.create_check_constraint(
            "user_status",
            "status IN ('new', 'active', 'banned')",
        )


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint("user_status", type_="check")
        batch_op.drop_column("status")
