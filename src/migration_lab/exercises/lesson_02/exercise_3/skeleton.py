"""add city and newsletter

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
    op.add_column("users", sa.Column("city", sa.String(80), nullable=True))
    op.add_column(
        "users",
        sa.Column(
            "newsletter",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
        ),
    )


def downgrade() -> None:
    op.drop_column("users", "newsletter")
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_column("email")
