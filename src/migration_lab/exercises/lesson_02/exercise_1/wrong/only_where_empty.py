"""Caught by: full table: users.newsletter still allows NULL
Breaks: `newsletter` is NOT NULL in the end

Strict where there is nothing to protect.

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
    empty = op.get_bind().scalar(sa.text("SELECT count(*) FROM users")) == 0
    op.add_column("users", sa.Column("newsletter", sa.Boolean(), nullable=not empty))
    op.execute("UPDATE users SET newsletter = 0")


def downgrade() -> None:
    op.drop_column("users", "newsletter")
