"""Caught by: Lost on the way: users: UNIQUE (email) vanished
Breaks: Write the migration that drops the default.

Built anew by hand, and a rule was overlooked.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE new_users (
            id INTEGER NOT NULL,
            username VARCHAR(50),
            email VARCHAR(100),
            plan VARCHAR(20) NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (username)
        )
        """
    )
    op.execute("INSERT INTO new_users SELECT id, username, email, plan FROM users")
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "plan", existing_type=sa.String(length=20), existing_nullable=False, server_default="free"
        )
