"""Caught by: a new row without a value gets the number 0
Breaks: a row that is inserted without a value gets false from the database

The default was swapped in the rebuild.

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
    op.add_column("users", sa.Column("is_admin", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("is_admin", server_default=sa.true())


def downgrade() -> None:
    op.drop_column("users", "is_admin")
