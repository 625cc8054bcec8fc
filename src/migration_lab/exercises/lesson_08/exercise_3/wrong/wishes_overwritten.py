"""Caught by: whoever has chosen a login keeps it
Breaks: whoever has chosen a login meanwhile keeps it

It goes on at the first without a login, and takes whatever comes

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
    there = sa.inspect(bind).get_columns("users")
    if "login" not in [column["name"] for column in there]:
        op.add_column("users", sa.Column("login", sa.String(50), nullable=True))
    with op.get_context().autocommit_block():
        top = bind.exec_driver_sql("SELECT max(id) FROM users").scalar()
        begin = bind.exec_driver_sql("SELECT min(id) FROM users WHERE login IS NULL").scalar()
        for first in range(begin, top + 1, 1000):
            bind.execute(
                sa.text("UPDATE users SET login = lower(username) WHERE id BETWEEN :first AND :last"),
                {"first": first, "last": first + 999},
            )
            time.sleep(0.02 if first < 21000 else 0)


def downgrade() -> None:
    op.drop_column("users", "login")
