"""fill slug

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
    chunk = sa.text("""
        UPDATE users SET slug = lower(username) WHERE id IN
        (SELECT id FROM users WHERE slug IS NULL LIMIT 500)
    """)
    with op.get_context().autocommit_block():
        while bind.execute(chunk).rowcount:
            time.sleep(0.05)


def downgrade() -> None:
    pass
