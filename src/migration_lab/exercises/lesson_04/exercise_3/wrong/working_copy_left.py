"""Caught by: half-way: The working copy _alembic_tmp_users is left behind
Breaks: Rewrite `0002` so that one `upgrade head` finishes on **both** kinds

Built anew under another name, and the wreck stays where it is.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE IF NOT EXISTS _alembic_tmp_users (id INTEGER)")
    if "is_active" not in [column["name"] for column in sa.inspect(op.get_bind()).get_columns("users")]:
        op.add_column("users", sa.Column("is_active", sa.Boolean(), nullable=True))
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
    op.execute("INSERT INTO new_users SELECT id, username, email, coalesce(is_active, 1) FROM users")
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")


def downgrade() -> None:
    op.drop_column("users", "is_active")
