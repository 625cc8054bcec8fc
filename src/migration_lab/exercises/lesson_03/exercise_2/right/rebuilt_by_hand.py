"""What batch mode does, written out

Revision ID: 0003
Revises: 0002
"""

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
            UNIQUE (email),
            UNIQUE (username)
        )
        """
    )
    op.execute(
        "INSERT INTO new_users SELECT id, username, email, plan FROM users",
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")


def downgrade() -> None:
    op.execute(
        """
        CREATE TABLE new_users (
            id INTEGER NOT NULL,
            username VARCHAR(50),
            email VARCHAR(100),
            plan VARCHAR(20) DEFAULT 'free' NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (email),
            UNIQUE (username)
        )
        """
    )
    op.execute(
        "INSERT INTO new_users SELECT id, username, email, plan FROM users",
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")
