"""Registered first, logged in then

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE users ADD COLUMN last_seen_at TIMESTAMP")
    op.execute("UPDATE users SET last_seen_at = registered_at")
    op.execute(
        """
        UPDATE users SET last_seen_at = latest.at
        FROM (
            SELECT user_id, max(at) AS at FROM logins GROUP BY user_id
        ) AS latest
        WHERE latest.user_id = users.id
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN last_seen_at")
