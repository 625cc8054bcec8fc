"""Tightened by SQLite itself, and let loose again

Since: SQLite 3.53

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE users SET is_active = 1 WHERE is_active IS NULL")
    op.alter_column("users", "is_active", nullable=False)


def downgrade() -> None:
    op.alter_column("users", "is_active", nullable=True)
    op.execute("UPDATE users SET is_active = NULL WHERE is_active = 1")
