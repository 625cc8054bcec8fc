"""Caught by: everyone has the time of their own latest login
Breaks: the time of the user's **latest** row in `logins`.

One value a row, but not the right one.

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
        UPDATE users SET last_seen_at = registered_at
        """
    )

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("last_seen_at", existing_type=sa.DateTime(), nullable=False)


def downgrade() -> None:
    op.drop_column("users", "last_seen_at")
