"""Built anew by hand: an INSERT copies the rows, and no trigger sees it

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TRIGGER = """
CREATE TRIGGER users_touch AFTER UPDATE ON users
BEGIN
    UPDATE users SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
END
"""


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE new_users (
            id INTEGER NOT NULL,
            username VARCHAR(50) NOT NULL,
            updated_at DATETIME NOT NULL,
            login VARCHAR(50) NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (username)
        )
        """
    )
    op.execute(
        """
        INSERT INTO new_users
        SELECT id, username, updated_at, lower(username) FROM users
        """
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")
    op.execute(TRIGGER)


def downgrade() -> None:
    op.drop_column("users", "login")
