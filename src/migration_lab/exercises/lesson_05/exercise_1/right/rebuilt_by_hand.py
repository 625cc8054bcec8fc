"""Built anew by hand

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE new_users (
    id INTEGER NOT NULL,
    username VARCHAR(50),
    email VARCHAR(100),
    is_active BOOLEAN {},
    PRIMARY KEY (id),
    UNIQUE (email),
    UNIQUE (username)
)
"""


def upgrade() -> None:
    op.execute(TABLE.format("NOT NULL"))
    op.execute(
        """
        INSERT INTO new_users
        SELECT id, username, email, coalesce(is_active, 1) FROM users
        """
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")


def downgrade() -> None:
    op.execute(TABLE.format(""))
    op.execute(
        """
        INSERT INTO new_users
        SELECT id, username, email, is_active FROM users
        """
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")
