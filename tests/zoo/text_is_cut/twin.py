import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.alter_column("bio", existing_type=sa.String(50), type_=sa.String(30))


def downgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.alter_column("bio", existing_type=sa.String(30), type_=sa.String(50))
