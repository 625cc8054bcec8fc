import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

users = sa.table("users", sa.column("is_active", sa.Boolean()))


def upgrade() -> None:
    op.execute(sa.update(users).where(users.c.is_active.is_(None)).values(is_active=sa.true()))
    with op.batch_alter_table("users") as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=True)
