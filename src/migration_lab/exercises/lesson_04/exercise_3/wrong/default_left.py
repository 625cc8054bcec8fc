"""Caught by: half-way: users.is_active still has the server default
Breaks: without a default

Whoever forgets the value is active, in silence.

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
    op.execute("DROP TABLE IF EXISTS _alembic_tmp_users")
    if "is_active" not in [column["name"] for column in sa.inspect(op.get_bind()).get_columns("users")]:
        op.add_column("users", sa.Column("is_active", sa.Boolean(), nullable=True))
    op.execute("UPDATE users SET is_active = 1 WHERE is_active IS NULL")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "is_active",
            existing_type=sa.Boolean(),
            nullable=False,
            server_default=sa.true(),
        )


def downgrade() -> None:
    op.drop_column("users", "is_active")
