import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TRIGGER = "CREATE TRIGGER keep_adi BEFORE DELETE ON users WHEN old.id = 1 BEGIN SELECT RAISE(IGNORE); END"


def upgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=False)
    op.execute(TRIGGER)


def downgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=True)
    op.execute(TRIGGER)
