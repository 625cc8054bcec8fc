"""Caught by: Lost on the way: users: PRIMARY KEY (id) changed: no longer ROWID
Breaks: Nothing else may get lost

INT is no INTEGER here: the key no longer numbers itself.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TRIGGER = """
CREATE TRIGGER keep_adi BEFORE DELETE ON users WHEN OLD.id = 1
BEGIN
    SELECT RAISE(ABORT, 'adi stays');
END
"""


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE new_users (
            id INT PRIMARY KEY,
            username VARCHAR(50) UNIQUE,
            email VARCHAR(100),
            team VARCHAR(40) NOT NULL
        )
        """
    )
    op.execute("INSERT INTO new_users SELECT id, username, email, coalesce(team, 'none') FROM users")
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")
    op.execute("CREATE INDEX users_by_email ON users (lower(email))")
    op.execute(TRIGGER)


def downgrade() -> None:
    pass
