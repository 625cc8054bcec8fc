import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")  # before anything else: within a transaction it does nothing
    with op.batch_alter_table("users") as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=False)
    assert not op.get_bind().exec_driver_sql("PRAGMA foreign_key_check").all()


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")  # before anything else: within a transaction it does nothing
    with op.batch_alter_table("users") as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=True)
    assert not op.get_bind().exec_driver_sql("PRAGMA foreign_key_check").all()
