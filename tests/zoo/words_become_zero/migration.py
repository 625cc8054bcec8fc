import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("tasks") as batch:
        batch.alter_column("mode", existing_type=sa.String(20), type_=sa.Integer())


def downgrade() -> None:
    with op.batch_alter_table("tasks") as batch:
        batch.alter_column("mode", existing_type=sa.Integer(), type_=sa.String(20))
