"""Caught by: users.is_active still allows NULL
Breaks: the column becomes NOT NULL

A CHECK refuses a NULL, too, but the column says that it may be one.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE users SET is_active = 1 WHERE is_active IS NULL")
    with op.batch_alter_table("users") as batch_op:
        batch_op.create_check_constraint("is_active_known", "is_active IS NOT NULL")


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint("is_active_known", type_="check")
