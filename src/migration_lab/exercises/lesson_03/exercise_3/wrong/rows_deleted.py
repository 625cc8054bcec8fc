"""Caught by: rows of users are gone
Breaks: every row holds 1 or 0 and means what it meant

The rows with words in them are gone.

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
    op.execute("DELETE FROM users WHERE typeof(is_active) = 'text'")

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("is_active", existing_type=sa.Boolean(), server_default=sa.true())


def downgrade() -> None:
    pass
