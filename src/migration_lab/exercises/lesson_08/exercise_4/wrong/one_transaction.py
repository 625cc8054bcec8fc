"""Caught by: waited
Breaks: nobody waits longer than 0.2 s
Breaks: (on a slow computer: 0.4 s)

All chunks and pauses in one transaction, and a rest that makes it a small share of the whole

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
    top = bind.execute(sa.text("SELECT max(id) FROM users")).scalar()
    chunk = sa.text(
        "UPDATE users SET slug = lower(username) WHERE id IN "
        "(SELECT id FROM users WHERE slug IS NULL AND id <= :top LIMIT 500)"
    )
    with bind.engine.begin() as connection:
        while connection.execute(chunk, {"top": top}).rowcount:
            time.sleep(0.05)
    time.sleep(0.7)


def downgrade() -> None:
    pass
