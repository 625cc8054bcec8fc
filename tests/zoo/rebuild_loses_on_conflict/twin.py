import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

UNIQUE = sa.UniqueConstraint("username", name="uq_users_username", sqlite_on_conflict="REPLACE")


def upgrade() -> None:
    with op.batch_alter_table("users", table_args=[UNIQUE]) as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("users", table_args=[UNIQUE]) as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=True)
