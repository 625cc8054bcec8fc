"""Add, fill, tighten with the default

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
        sa.Column("joined_at", sa.DateTime(), nullable=True),
    )
    op.execute("UPDATE users SET joined_at = CURRENT_TIMESTAMP")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "joined_at",
            existing_type=sa.DateTime(),
            nullable=False,
            server_default=sa.text("CURRENT_TIMESTAMP"),
        )


def downgrade() -> None:
    op.drop_column("users", "joined_at")
