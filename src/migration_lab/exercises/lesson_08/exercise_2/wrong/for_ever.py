"""Caught by: did not finish within
Breaks: it gives up after ten tries

All night, if need be

Revision ID: 0002
Revises: 0001
"""

import time

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import OperationalError

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bind = op.get_bind()
    bind.exec_driver_sql("PRAGMA busy_timeout = 100")
    while True:
        try:
            op.add_column(
                "users",
                sa.Column("note", sa.String(100), nullable=True),
            )
            return
        except OperationalError:
            time.sleep(0.1)


def downgrade() -> None:
    op.drop_column("users", "note")
