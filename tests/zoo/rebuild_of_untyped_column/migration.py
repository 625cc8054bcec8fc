import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("settings") as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("settings") as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=True)
