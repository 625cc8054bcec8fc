"""add is_admin, now

Revision ID: hotfix
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "hotfix"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass  # your migration


def downgrade() -> None:
    pass  # and the way back
