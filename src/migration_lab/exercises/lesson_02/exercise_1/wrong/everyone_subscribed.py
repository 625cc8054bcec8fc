"""Caught by: full table: nobody who was there gets the newsletter
Breaks: nobody who is there has asked for one: false.

The wrong literal, and a lot of mail.

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
    op.add_column("users", sa.Column("newsletter", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.drop_column("users", "newsletter")
