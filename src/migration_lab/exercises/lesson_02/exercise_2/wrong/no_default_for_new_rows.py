"""Caught by: users.points has no server default
Breaks: gets 100 from the database

Old rows are served, the old program is not.

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
    op.add_column("users", sa.Column("points", sa.Integer(), nullable=True))
    op.execute("UPDATE users SET points = 100")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("points", existing_type=sa.Integer(), nullable=False)


def downgrade() -> None:
    op.drop_column("users", "points")
