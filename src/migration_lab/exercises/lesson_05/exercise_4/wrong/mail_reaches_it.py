"""Caught by: who had no address has a placeholder
Breaks: They get a placeholder that no mail ever reaches: `unknown-1@example.invalid`

example.com is somebody: only .invalid is nobody.

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
    op.execute("UPDATE users SET email = 'unknown-' || id || '@example.com' WHERE email IS NULL")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(length=100), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(length=100), nullable=True)
    op.execute("UPDATE users SET email = NULL WHERE email LIKE 'unknown-%@example.com'")
