"""Caught by: users.email still allows NULL
Breaks: and becomes NOT NULL.

Filled today; tomorrow the next NULL comes in.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE users SET email = 'unknown-' || id || '@example.invalid' WHERE email IS NULL")


def downgrade() -> None:
    op.execute("UPDATE users SET email = NULL WHERE email LIKE 'unknown-%@example.invalid'")
