"""One UPDATE with a subquery

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
        sa.Column("last_seen_at", sa.DateTime(), nullable=True),
    )

    op.execute(
        """
        UPDATE users SET last_seen_at = coalesce(
            (SELECT max(at) FROM logins WHERE logins.user_id = users.id),
            registered_at
        )
        """
    )

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "last_seen_at",
            existing_type=sa.DateTime(),
            nullable=False,
        )


def downgrade() -> None:
    op.drop_column("users", "last_seen_at")
