"""Each chunk in a transaction of a connection of its own

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
    engine = op.get_bind().engine
    fill = sa.text(
        "UPDATE users SET spent = "
        "(SELECT coalesce(sum(amount), 0) FROM orders "
        "WHERE orders.username = users.username) "
        "WHERE id IN (SELECT id FROM users WHERE spent IS NULL LIMIT 200)"
    )
    changed = 1
    while changed:
        with engine.begin() as connection:
            changed = connection.execute(fill).rowcount
        time.sleep(0.025)


def downgrade() -> None:
    pass
