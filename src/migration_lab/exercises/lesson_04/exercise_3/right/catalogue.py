"""Asks SQLite's own catalogue, and rebuilds by hand

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP TABLE IF EXISTS _alembic_tmp_users")

    connection = op.get_bind()
    columns = connection.exec_driver_sql("PRAGMA table_info(users)").all()
    there = "is_active" in [column.name for column in columns]
    is_active = "coalesce(is_active, 1)" if there else "1"
    op.execute("DROP TABLE IF EXISTS new_users")
    op.execute(
        """
        CREATE TABLE new_users (
            id INTEGER NOT NULL,
            username VARCHAR(50),
            email VARCHAR(100),
            is_active BOOLEAN NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (email),
            UNIQUE (username)
        )
        """
    )
    op.execute(
        f"""
        INSERT INTO new_users
        SELECT id, username, email, {is_active} FROM users
        """
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")


def downgrade() -> None:
    op.drop_column("users", "is_active")
