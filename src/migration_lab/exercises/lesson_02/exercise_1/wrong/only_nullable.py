"""Caught by: full table: users.newsletter still allows NULL
Breaks: `newsletter` is NOT NULL in the end

No error any more, and no constraint either: it is in the model only.

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
    op.add_column("users", sa.Column("newsletter", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "newsletter")
