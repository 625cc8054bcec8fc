"""Caught by: whoever had a value keeps it
Breaks: also when it was set a moment ago

Who was set between the look and the UPDATE is overwritten

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
    users = sa.table("users", sa.column("id"), sa.column("username"), sa.column("spent"))
    bind = op.get_bind()
    rows = bind.execute(sa.text("SELECT username, sum(amount) FROM orders GROUP BY 1"))
    sums = dict(rows.all())
    ids = sa.select(users.c.id, users.c.username)
    waiting = bind.execute(ids.where(users.c.spent.is_(None))).all()
    one = sa.update(users).where(users.c.id == sa.bindparam("key")).values(spent=sa.bindparam("sum"))
    for first in range(0, len(waiting), 250):
        lot = waiting[first : first + 250]
        with bind.engine.begin() as connection:
            connection.execute(
                one,
                [{"key": id, "sum": sums.get(name, 0)} for id, name in lot],
            )
        time.sleep(0.02)


def downgrade() -> None:
    pass
