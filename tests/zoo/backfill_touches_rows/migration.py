import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

users = sa.table("users", sa.column("is_active", sa.Boolean()))


def upgrade() -> None:
    op.add_column("users", sa.Column("is_active", sa.Boolean()))
    op.execute(sa.update(users).values(is_active=sa.true()))


def downgrade() -> None:
    op.drop_column("users", "is_active")
