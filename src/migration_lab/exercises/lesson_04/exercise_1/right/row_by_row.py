"""One row after the other in Python: slower, and easy to read

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

    connection = op.get_bind()
    users = sa.text("SELECT id, registered_at FROM users")
    for user_id, registered_at in connection.execute(users).all():
        latest = connection.scalar(
            sa.text("SELECT max(at) FROM logins WHERE user_id = :id"),
            {"id": user_id},
        )
        connection.execute(
            sa.text("UPDATE users SET last_seen_at = :at WHERE id = :id"),
            {"at": latest or registered_at, "id": user_id},
        )

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "last_seen_at",
            existing_type=sa.DateTime(),
            nullable=False,
        )


def downgrade() -> None:
    op.drop_column("users", "last_seen_at")
