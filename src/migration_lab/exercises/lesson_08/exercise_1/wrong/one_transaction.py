"""Caught by: waited
Breaks: (on a slow computer: half of the time that the upgrade takes

Chunks, and no commit before the last

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
    bind = op.get_bind()
    first = bind.execute(sa.text("SELECT max(id) FROM users")).scalar() or 0
    for top in range(first, 0, -500):
        bind.execute(
            sa.text(
                "UPDATE users SET spent = "
                "(SELECT coalesce(sum(amount), 0) FROM orders "
                "WHERE orders.username = users.username) "
                "WHERE spent IS NULL AND id BETWEEN :low AND :top"
            ),
            {"low": top - 499, "top": top},
        )


def downgrade() -> None:
    pass
