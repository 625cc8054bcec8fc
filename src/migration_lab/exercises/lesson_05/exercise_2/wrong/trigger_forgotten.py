"""Caught by: Lost on the way: users: trigger keep_adi vanished
Breaks: Nothing else may get lost

The trigger went with the old table.

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
    op.execute("UPDATE users SET team = 'none' WHERE team IS NULL")

    with op.batch_alter_table("users", recreate="always", table_args=(sa.UniqueConstraint("username"),)) as batch_op:
        batch_op.alter_column("team", existing_type=sa.String(length=40), nullable=False)
    op.execute("CREATE INDEX IF NOT EXISTS users_by_email ON users (lower(email))")


def downgrade() -> None:
    pass
