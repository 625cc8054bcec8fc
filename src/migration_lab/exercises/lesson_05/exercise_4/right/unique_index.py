"""Built anew by hand, UNIQUE by an index

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
            id INTEGER NOT NULL PRIMARY KEY,
            username VARCHAR(50) UNIQUE,
            email VARCHAR(100) NOT NULL
        )
        """
    )
    op.execute(
        """
        INSERT INTO new_users
        SELECT id, username, CASE
            WHEN email IS NULL THEN 'unknown-' || id || '@example.invalid'
            ELSE email
        END
        FROM users
        """
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")
    op.execute("CREATE UNIQUE INDEX uq_users_email ON users (email)")


def downgrade() -> None:
    op.execute(
        """
        CREATE TABLE old_users (
            id INTEGER NOT NULL PRIMARY KEY,
            username VARCHAR(50) UNIQUE,
            email VARCHAR(100) UNIQUE
        )
        """
    )
    op.execute(
        """
        INSERT INTO old_users
        SELECT id, username, nullif(
            email, 'unknown-' || id || '@example.invalid'
        )
        FROM users
        """
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE old_users RENAME TO users")
