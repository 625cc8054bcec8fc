"""Caught by: After the downgrade, other than before: users: column plan changed: default
Breaks: and `downgrade()` brings the default back.

A default comes back, and it is another one.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("plan", existing_type=sa.String(length=20), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("plan", existing_type=sa.String(length=20), existing_nullable=False, server_default="pro")
