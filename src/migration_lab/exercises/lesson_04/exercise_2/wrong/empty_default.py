"""Caught by: UNIQUE constraint failed
Breaks: without a default: - the username

One default for all, and UNIQUE: no.

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
    op.add_column("users", sa.Column("slug", sa.String(length=60), nullable=False, server_default=""))
    op.create_index("uq_users_slug", "users", ["slug"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint("uq_users_slug", type_="unique")
        batch_op.drop_column("slug")
