"""Caught by: After the downgrade, other than before: users: row 14 changed: email
Breaks: and no other address.

A hidden address begins like ours, and is somebody.

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
    op.execute("UPDATE users SET email = 'unknown-' || id || '@example.invalid' WHERE email IS NULL")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(length=100), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(length=100), nullable=True)
    op.execute("UPDATE users SET email = NULL WHERE email LIKE 'unknown-%'")
