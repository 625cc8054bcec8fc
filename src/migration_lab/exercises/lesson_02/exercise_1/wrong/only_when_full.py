"""Caught by: empty table: The upgrade raised NoResultFound
Breaks: Make it pass on **both**.

Passes here, and dies where the tests are.

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
    users = sa.table("users", sa.column("id"), sa.column("newsletter"))
    last = op.get_bind().execute(sa.select(users.c.id).order_by(users.c.id.desc()).limit(1)).scalar_one()
    op.add_column("users", sa.Column("newsletter", sa.Boolean(), nullable=True))
    op.execute(sa.update(users).where(users.c.id <= last).values(newsletter=0))
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "newsletter",
            existing_type=sa.Boolean(),
            nullable=False,
        )


def downgrade() -> None:
    op.drop_column("users", "newsletter")
