"""Caught by: database is locked
Breaks: it tries again until the report is through

It is in nobody's way, and never gets there

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
    op.get_bind().exec_driver_sql("PRAGMA busy_timeout = 100")
    op.add_column("users", sa.Column("note", sa.String(100), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "note")
