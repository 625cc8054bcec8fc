"""Caught by: each row holds the number for what it meant
Breaks: means what it meant

CAST('true' AS INTEGER) is 0.

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
    op.execute("UPDATE users SET is_active = CAST(is_active AS INTEGER)")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("is_active", existing_type=sa.Boolean(), server_default=sa.true())


def downgrade() -> None:
    pass
