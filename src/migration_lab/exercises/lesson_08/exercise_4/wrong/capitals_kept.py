"""Caught by: everyone who was there when it began
Breaks: the `username` in lower case

The name as it is

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
        "UPDATE users SET slug = username WHERE id IN "
        "(SELECT id FROM users WHERE slug IS NULL AND id <= :top "
        "LIMIT 500)"
    )
    with op.get_context().autocommit_block():
        while bind.execute(chunk, {"top": top}).rowcount:
            time.sleep(0.05)


def downgrade() -> None:
    pass
