import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.alter_column("prefs", existing_type=sa.Text(), type_=sa.JSON())


def downgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.alter_column("prefs", existing_type=sa.JSON(), type_=sa.Text())
