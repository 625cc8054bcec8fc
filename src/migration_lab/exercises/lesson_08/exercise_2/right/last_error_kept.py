"""The last error is kept, and raised in the end

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
    failure = None
    for _ in range(10):
        try:
            column = sa.Column("note", sa.String(100), nullable=True)
            op.add_column("users", column)
        except OperationalError as error:
            failure = error
            time.sleep(0.1)
        else:
            failure = None
            break
    if failure is not None:
        raise failure


def downgrade() -> None:
    op.drop_column("users", "note")
