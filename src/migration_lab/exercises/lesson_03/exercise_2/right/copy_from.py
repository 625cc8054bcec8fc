"""The table told to the batch instead of reflected

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def users(default: str | None) -> sa.Table:
    return sa.Table(
        "users",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("username", sa.String(50), unique=True),
        sa.Column("email", sa.String(100), unique=True),
        sa.Column(
            "plan",
            sa.String(20),
            nullable=False,
            server_default=default,
        ),
    )


def upgrade() -> None:
    with op.batch_alter_table("users", copy_from=users("free")) as batch_op:
        batch_op.alter_column("plan", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("users", copy_from=users(None)) as batch_op:
        batch_op.alter_column("plan", server_default="free")
