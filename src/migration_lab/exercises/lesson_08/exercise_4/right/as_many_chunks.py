"""As many chunks as it takes for those there are, the oldest first

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
    without = sa.text("SELECT count(*) FROM users WHERE slug IS NULL")
    waiting = bind.execute(without).scalar()
    chunk = sa.text(
        "UPDATE users SET slug = lower(username) WHERE id IN "
        "(SELECT id FROM users WHERE slug IS NULL ORDER BY id LIMIT 500)"
    )
    with op.get_context().autocommit_block():
        for _ in range(0, waiting, 500):
            bind.execute(chunk)
            time.sleep(0.05)


def downgrade() -> None:
    pass
