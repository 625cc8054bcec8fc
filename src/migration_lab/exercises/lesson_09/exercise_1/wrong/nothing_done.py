"""Caught by: users.email still allows NULL
Breaks: `email` is NOT NULL,

A clean report of a migration that does nothing.

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


def downgrade() -> None:
    pass
