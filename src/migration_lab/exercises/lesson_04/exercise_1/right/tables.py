"""The same without a word of SQL

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

    users = sa.table(
        "users",
        sa.column("id"),
        sa.column("registered_at"),
        sa.column("last_seen_at"),
    )
    logins = sa.table("logins", sa.column("user_id"), sa.column("at"))
    own = logins.c.user_id == users.c.id
    latest = sa.select(sa.func.max(logins.c.at)).where(own)
    seen = sa.func.coalesce(latest.scalar_subquery(), users.c.registered_at)
    op.execute(sa.update(users).values(last_seen_at=seen))

    with op.batch_alter_table("users", recreate="always") as batch_op:
        batch_op.alter_column(
            "last_seen_at",
            existing_type=sa.DateTime(),
            nullable=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_column("last_seen_at")
