"""Caught by: never was half-way
Breaks: It works in chunks of 1,000 rows or so
Breaks: a commit each and a short pause
Breaks: Killed in the middle

All or nothing

Revision ID: 0002
Revises: 0001
"""

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
    op.execute("UPDATE users SET login = lower(username) WHERE login IS NULL")


def downgrade() -> None:
    op.drop_column("users", "login")
