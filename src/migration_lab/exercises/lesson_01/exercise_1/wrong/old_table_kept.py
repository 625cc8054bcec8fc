"""Caught by: Nobody asked for it: table users_0001 appeared
Breaks: Write the migration that adds it to the table

To be on the safe side, a copy of everyone is left behind.

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
    op.execute("CREATE TABLE users_0001 AS SELECT * FROM users")
    op.add_column("users", sa.Column("display_name", sa.String(length=80), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "display_name")
    op.drop_table("users_0001")
