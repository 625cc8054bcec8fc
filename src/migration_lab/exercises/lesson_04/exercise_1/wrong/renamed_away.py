"""Caught by: Lost on the way: logins: FOREIGN KEY (user_id) -> users (id) vanished
Breaks: the time of the user's **latest** row in `logins`.

A foreign key follows its table when that is renamed: the logins point to a table that is dropped.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE users RENAME TO old_users")
    op.execute(
        """
        CREATE TABLE users (
            id INTEGER NOT NULL,
            username VARCHAR(50) NOT NULL,
            registered_at DATETIME NOT NULL,
            last_seen_at DATETIME NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (username)
        )
        """
    )
    op.execute(
        """
        INSERT INTO users
        SELECT id, username, registered_at, coalesce(
            (SELECT max(at) FROM logins WHERE logins.user_id = old_users.id),
            registered_at
        )
        FROM old_users
        """
    )
    op.execute("DROP TABLE old_users")


def downgrade() -> None:
    op.drop_column("users", "last_seen_at")
