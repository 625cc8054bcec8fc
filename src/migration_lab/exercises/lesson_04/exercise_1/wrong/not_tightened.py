"""Caught by: users.last_seen_at still allows NULL
Breaks: NOT NULL

Step three is missing: it is in the model only.

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
    op.add_column("users", sa.Column("last_seen_at", sa.DateTime(), nullable=True))

    op.execute(
        """
        UPDATE users SET last_seen_at = coalesce(
            (SELECT max(at) FROM logins WHERE logins.user_id = users.id),
            registered_at
        )
        """
    )


def downgrade() -> None:
    op.drop_column("users", "last_seen_at")
