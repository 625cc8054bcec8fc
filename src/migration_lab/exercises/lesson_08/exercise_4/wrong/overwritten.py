"""Caught by: everyone who was there when it began
Breaks: whoever has one keeps it

Whoever had one has another

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
    with op.get_context().autocommit_block():
        for first in range(1, top + 1, 1000):
            bind.execute(
                sa.text("UPDATE users SET slug = lower(username) WHERE id BETWEEN :first AND :last"),
                {"first": first, "last": min(first + 999, top)},
            )
            time.sleep(0.05)


def downgrade() -> None:
    pass
