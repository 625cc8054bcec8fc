"""Tightened by SQLite itself, the CHECK, too

Since: SQLite 3.53

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

    op.execute("ALTER TABLE users ALTER COLUMN status SET NOT NULL")
    op.execute(
        """
        ALTER TABLE users ADD CONSTRAINT user_status
        CHECK (status IN ('new', 'active', 'banned'))
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP CONSTRAINT user_status")
    op.drop_column("users", "status")
