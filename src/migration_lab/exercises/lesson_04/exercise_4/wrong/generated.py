"""Caught by: users.login is generated: nobody can write a value into it
Breaks: Write the migration that adds `login`

No backfill, no trigger, no rebuild; and no login that differs from the username, ever.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE users ADD COLUMN login VARCHAR(50) NOT NULL GENERATED ALWAYS AS (lower(username)) VIRTUAL")


def downgrade() -> None:
    op.drop_column("users", "login")
