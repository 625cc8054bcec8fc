"""No rebuild, and nothing to lose.

Since: SQLite 3.53

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE users SET email = '' WHERE email IS NULL")
    op.alter_column("users", "email", nullable=False)


def downgrade() -> None:
    op.alter_column("users", "email", nullable=True)
