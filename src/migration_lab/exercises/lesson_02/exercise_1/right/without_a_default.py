"""A default for the moment, dropped in a rebuild

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
    op.add_column(
        "users",
        sa.Column(
            "newsletter",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("0"),
        ),
    )
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("newsletter", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_column("newsletter")
