"""Caught by: users.display_name is of type VARCHAR(50), not VARCHAR(80)
Breaks: each name is in `display_name` afterwards

SQLite keeps all letters. PostgreSQL and MariaDB refuse a name of more than 50.

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
    op.add_column("users", sa.Column("display_name", sa.String(length=50), nullable=True))
    op.execute("UPDATE users SET display_name = fullname")
    op.drop_column("users", "fullname")


def downgrade() -> None:
    op.add_column("users", sa.Column("fullname", sa.String(length=80), nullable=True))
    op.execute("UPDATE users SET fullname = display_name")
    op.drop_column("users", "display_name")
