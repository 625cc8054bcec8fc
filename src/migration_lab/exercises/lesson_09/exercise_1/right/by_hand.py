"""The table is made again by hand, with all that it had.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


TRIGGER = """
    CREATE TRIGGER note_leaving AFTER DELETE ON users
    BEGIN INSERT INTO log VALUES (old.username); END"""

TABLE = """
    CREATE TABLE users_new (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        username VARCHAR(50) UNIQUE,
        email VARCHAR(100) {}
    )"""


def rebuild(rule: str) -> None:
    op.execute(TABLE.format(rule))
    op.execute("INSERT INTO users_new SELECT * FROM users")
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE users_new RENAME TO users")
    op.execute(TRIGGER)


def upgrade() -> None:
    op.execute("UPDATE users SET email = '' WHERE email IS NULL")
    rebuild("NOT NULL")


def downgrade() -> None:
    rebuild("")
