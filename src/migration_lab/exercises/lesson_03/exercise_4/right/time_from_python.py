"""The moment from Python, the default from SQLAlchemy

Revision ID: 0002
Revises: 0001
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("joined_at", sa.DateTime(), nullable=True),
    )
    users = sa.table("users", sa.column("joined_at", sa.DateTime))
    now = datetime.now(UTC).replace(tzinfo=None)
    op.execute(sa.update(users).values(joined_at=now))
    with op.batch_alter_table("users", recreate="always") as batch_op:
        batch_op.alter_column(
            "joined_at",
            existing_type=sa.DateTime(),
            nullable=False,
            server_default=sa.func.now(),
        )


def downgrade() -> None:
    op.drop_column("users", "joined_at")
