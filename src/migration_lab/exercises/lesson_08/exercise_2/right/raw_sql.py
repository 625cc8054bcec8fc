"""The statement itself, and the patience put back afterwards

Revision ID: 0002
Revises: 0001
"""

import time

from alembic import op
from sqlalchemy.exc import OperationalError

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bind = op.get_bind()
    patience = bind.exec_driver_sql("PRAGMA busy_timeout").scalar()
    bind.exec_driver_sql("PRAGMA busy_timeout = 80")
    add = "ALTER TABLE users ADD COLUMN note VARCHAR(100)"
    tries = 0
    while True:
        try:
            bind.exec_driver_sql(add)
        except OperationalError:
            tries += 1
            if tries == 10:
                raise
            time.sleep(0.12)
        else:
            break
    bind.exec_driver_sql(f"PRAGMA busy_timeout = {patience}")


def downgrade() -> None:
    op.drop_column("users", "note")
