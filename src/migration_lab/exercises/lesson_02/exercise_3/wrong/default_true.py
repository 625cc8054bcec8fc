"""Caught by: the upgrade still gives a new row the default false
Breaks: The upgrade stays as it is.

Those who are there are spared, those who come are not.

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
    op.add_column("users", sa.Column("city", sa.String(length=80), nullable=True))
    op.add_column("users", sa.Column("newsletter", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("newsletter", server_default=sa.true())


def downgrade() -> None:
    op.drop_column("users", "newsletter")
    op.drop_column("users", "city")
