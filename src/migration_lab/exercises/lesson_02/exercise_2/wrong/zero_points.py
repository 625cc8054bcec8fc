"""Caught by: everyone who was there has 100 points
Breaks: who is there has 100 points

The right default, which comes too late for them.

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
    op.add_column("users", sa.Column("points", sa.Integer(), nullable=True))
    op.execute("UPDATE users SET points = 0")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "points",
            existing_type=sa.Integer(),
            nullable=False,
            server_default="100",
        )


def downgrade() -> None:
    op.drop_column("users", "points")
