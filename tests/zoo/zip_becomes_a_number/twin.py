import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("places") as batch:
        batch.alter_column("zip", existing_type=sa.String(10), type_=sa.String(20))


def downgrade() -> None:
    with op.batch_alter_table("places") as batch:
        batch.alter_column("zip", existing_type=sa.String(20), type_=sa.String(10))
