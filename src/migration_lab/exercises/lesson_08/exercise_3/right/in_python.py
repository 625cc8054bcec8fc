"""Rows fetched, lowered in Python and written by lots of 500

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
    columns = bind.exec_driver_sql("PRAGMA table_info(users)").all()
    if not any(column[1] == "login" for column in columns):
        op.add_column("users", sa.Column("login", sa.String(50)))
    users = sa.table(
        "users",
        sa.column("id"),
        sa.column("username"),
        sa.column("login"),
    )
    to_do = users.c.login.is_(None)
    some = sa.select(users.c.id, users.c.username).where(to_do).limit(500)
    one = sa.update(users).where(users.c.id == sa.bindparam("key"), to_do)
    one = one.values(login=sa.bindparam("value"))
    while True:
        with bind.engine.begin() as connection:
            lot = connection.execute(some).all()
            if not lot:
                break
            values = [{"key": id, "value": n.lower()} for id, n in lot]
            connection.execute(one, values)
        time.sleep(0.01)


def downgrade() -> None:
    op.drop_column("users", "login")
