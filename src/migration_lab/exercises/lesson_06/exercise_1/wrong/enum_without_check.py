"""Caught by: a fourth word is refused
Breaks: the database refuses any other word.

An Enum without create_constraint=True is a VARCHAR here.

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
    status = sa.Enum("new", "active", "banned", name="user_status")
    op.add_column("users", sa.Column("status", status, nullable=True))

    op.execute(
        """
        UPDATE users SET status = CASE
            WHEN banned THEN 'banned'
            WHEN last_login IS NULL THEN 'new'
            ELSE 'active'
        END
        """
    )

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("status", existing_type=status, nullable=False)


def downgrade() -> None:
    op.drop_column("users", "status")
