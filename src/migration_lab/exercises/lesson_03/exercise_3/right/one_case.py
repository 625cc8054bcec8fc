"""One UPDATE for the words, after the default

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
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "is_active",
            existing_type=sa.Boolean(),
            server_default=sa.true(),
        )

    op.execute(
        """
        UPDATE users
        SET is_active = CASE is_active WHEN 'true' THEN 1 ELSE 0 END
        WHERE typeof(is_active) = 'text'
        """
    )


def downgrade() -> None:
    pass
