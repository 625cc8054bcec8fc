"""Built anew by hand, counted by a subquery

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
            slug VARCHAR(60) NOT NULL UNIQUE,
            PRIMARY KEY (id),
            UNIQUE (email),
            UNIQUE (username)
        )
        """
    )
    op.execute(
        """
        WITH plain AS (
            SELECT *, lower(replace(username, ' ', '-')) AS slug
            FROM users
        ),
        counted AS (
            SELECT *, (
                SELECT count(*) FROM plain AS other
                WHERE other.slug = plain.slug AND other.id <= plain.id
            ) AS number
            FROM plain
        )
        INSERT INTO new_users
        SELECT id, username, email,
            slug || iif(number = 1, '', '-' || number)
        FROM counted
        """
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")


def downgrade() -> None:
    op.execute(
        """
        CREATE TABLE old_users (
            id INTEGER NOT NULL,
            username VARCHAR(50),
            email VARCHAR(100),
            PRIMARY KEY (id),
            UNIQUE (email),
            UNIQUE (username)
        )
        """
    )
    op.execute(
        "INSERT INTO old_users SELECT id, username, email FROM users",
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE old_users RENAME TO users")
