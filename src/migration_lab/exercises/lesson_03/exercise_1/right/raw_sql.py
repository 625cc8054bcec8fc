"""In SQL, typed by hand

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
        "ALTER TABLE users ADD COLUMN is_admin BOOLEAN NOT NULL DEFAULT 0",
    )


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN is_admin")
