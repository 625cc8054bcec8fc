"""fill spent

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
    op.execute(
        "UPDATE users SET spent = "
        "(SELECT coalesce(sum(amount), 0) FROM orders "
        "WHERE orders.username = users.username) "
        "WHERE spent IS NULL"
    )


def downgrade() -> None:
    pass
