"""It tries to add the column, and walks the keys from the start

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
    add = "ALTER TABLE users ADD COLUMN login VARCHAR(50)"
    fill = sa.text("""
        UPDATE users SET login = lower(username)
        WHERE login IS NULL AND id BETWEEN :first AND :last
    """)
    with op.get_context().autocommit_block():
        try:
            bind.exec_driver_sql(add)
        except sa.exc.OperationalError as error:
            if "duplicate column" not in str(error):
                raise
        top = bind.exec_driver_sql("SELECT max(id) FROM users").scalar()
        for first in range(1, (top or 0) + 1, 1000):
            done = bind.execute(
                fill,
                {"first": first, "last": first + 999},
            )
            if done.rowcount:
                time.sleep(0.02)


def downgrade() -> None:
    op.drop_column("users", "login")
