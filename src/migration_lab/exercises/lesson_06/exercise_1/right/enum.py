"""An Enum that brings its CHECK along, given to the batch as the new type

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

    status = sa.Enum(
        "new",
        "active",
        "banned",
        name="user_status",
        create_constraint=True,
    )
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "status",
            existing_type=sa.String(length=6),
            type_=status,
            nullable=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint("user_status", type_="check")
        batch_op.drop_column("status")
