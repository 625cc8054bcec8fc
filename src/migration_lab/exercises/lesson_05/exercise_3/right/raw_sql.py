"""A real rename, typed by hand

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE users RENAME COLUMN fullname TO display_name")


def downgrade() -> None:
    op.execute("ALTER TABLE users RENAME COLUMN display_name TO fullname")
