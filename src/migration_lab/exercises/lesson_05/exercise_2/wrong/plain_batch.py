"""Caught by: Lost on the way: users: UNIQUE (username) vanished
Breaks: Nothing else may get lost

The book's answer: three losses, no error.

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

    with op.batch_alter_table("users", recreate="always") as batch_op:
        batch_op.alter_column("team", existing_type=sa.String(length=40), nullable=False)


def downgrade() -> None:
    pass
