"""Caught by: Other columns of users changed
Breaks: adi and john keep all that they have.

Built anew by hand, and one column is not copied.

Revision ID: 0002
Revises: 0001
"""

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
            email VARCHAR(100),
            display_name VARCHAR(80),
            PRIMARY KEY (id),
            UNIQUE (email),
            UNIQUE (username)
        )
        """
    )
    op.execute("INSERT INTO new_users (id, username) SELECT id, username FROM users")
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")


def downgrade() -> None:
    op.drop_column("users", "display_name")
