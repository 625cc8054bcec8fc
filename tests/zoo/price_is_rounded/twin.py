import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("prices") as batch:
        batch.alter_column("price", existing_type=sa.Numeric(12, 2), type_=sa.Numeric(14, 4))


def downgrade() -> None:
    with op.batch_alter_table("prices") as batch:
        batch.alter_column("price", existing_type=sa.Numeric(14, 4), type_=sa.Numeric(12, 2))
