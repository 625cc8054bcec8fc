import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("events") as batch:
        batch.alter_column("at", existing_type=sa.DateTime(), type_=sa.DateTime())


def downgrade() -> None:
    with op.batch_alter_table("events") as batch:
        batch.alter_column("at", existing_type=sa.DateTime(), type_=sa.DateTime())
