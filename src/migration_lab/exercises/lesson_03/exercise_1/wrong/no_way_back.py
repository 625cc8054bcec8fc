"""Caught by: After the downgrade, other than before: users: column is_admin appeared
Breaks: `downgrade()` takes the column away again.

downgrade() was left as it was generated: empty.

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
    op.add_column("users", sa.Column("is_admin", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    pass
