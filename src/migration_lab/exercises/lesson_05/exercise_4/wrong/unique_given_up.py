"""Caught by: Lost on the way: users: UNIQUE (email) vanished
Breaks: `email` is UNIQUE
Breaks: UNIQUE stays

One placeholder for all, and UNIQUE given up for it.

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
    op.execute(
        """
        CREATE TABLE new_users (
            id INTEGER NOT NULL,
            username VARCHAR(50),
            email VARCHAR(100) NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (username)
        )
        """
    )
    op.execute("INSERT INTO new_users SELECT id, username, coalesce(email, 'unknown@example.invalid') FROM users")
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(length=100), nullable=True)
    op.execute("UPDATE users SET email = NULL WHERE email LIKE 'unknown-%@example.invalid'")
