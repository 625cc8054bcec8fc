"""The rows, then the default

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
    op.execute("UPDATE users SET is_active = 1 WHERE is_active = 'true'")
    op.execute("UPDATE users SET is_active = 0 WHERE is_active = 'false'")

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "is_active",
            existing_type=sa.Boolean(),
            server_default=sa.true(),
        )


def downgrade() -> None:
    pass
