"""From the highest key down, without a look at the next one

Revision ID: 0002
Revises: 0001
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bind = op.get_bind()
    first = bind.execute(sa.text("SELECT max(id) FROM users")).scalar() or 0
    with op.get_context().autocommit_block():
        for top in range(first, 0, -200):
            if bind.execute(
                sa.text(
                    "UPDATE users SET spent = "
                    "(SELECT coalesce(sum(amount), 0) FROM orders "
                    "WHERE orders.username = users.username) "
                    "WHERE spent IS NULL AND id BETWEEN :low AND :top"
                ),
                {"low": top - 199, "top": top},
            ).rowcount:
                time.sleep(0.025)


def downgrade() -> None:
    pass
