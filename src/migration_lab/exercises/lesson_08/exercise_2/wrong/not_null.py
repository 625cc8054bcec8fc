"""Caught by: note
Breaks: that may be NULL

A note for everybody, asked for or not

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
    for attempt in range(10):
        try:
            op.add_column(
                "users",
                sa.Column(
                    "note",
                    sa.String(100),
                    nullable=False,
                    server_default="",
                ),
            )
            return
        except OperationalError:
            if attempt == 9:
                raise
            time.sleep(0.1)


def downgrade() -> None:
    op.drop_column("users", "note")
