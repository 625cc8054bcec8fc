"""Tries to add the column, and lets it be where it is

Revision ID: 0002
Revises: 0001
"""

from contextlib import suppress

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP TABLE IF EXISTS _alembic_tmp_users")

    with suppress(sa.exc.OperationalError):
        op.execute("ALTER TABLE users ADD COLUMN is_active BOOLEAN")
    op.execute("UPDATE users SET is_active = coalesce(is_active, TRUE)")

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("is_active", nullable=False)


def downgrade() -> None:
    op.drop_column("users", "is_active")
