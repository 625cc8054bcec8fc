"""create users, in SQL as people wrote it before there was Alembic

Revision ID: 0001
Revises:
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE users (
            id INTEGER PRIMARY KEY,
            username VARCHAR(50) UNIQUE,
            email VARCHAR(100),
            team VARCHAR(40)
        )
        """
    )
    op.execute("CREATE INDEX users_by_email ON users (lower(email))")
    op.execute(
        """
        CREATE TRIGGER keep_adi BEFORE DELETE ON users WHEN OLD.id = 1
        BEGIN
            SELECT RAISE(ABORT, 'adi stays');
        END
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE users")
