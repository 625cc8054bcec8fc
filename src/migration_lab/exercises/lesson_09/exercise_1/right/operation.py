"""No rebuild on any SQLite, and nothing to lose.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

import migration_lab.operations  # noqa: F401 - it brings op.set_not_null

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE users SET email = '' WHERE email IS NULL")
    op.set_not_null("users", "email")  # type: ignore


def downgrade() -> None:
    op.drop_not_null("users", "email")  # type: ignore
