import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    last = op.get_bind().exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'users'").scalar_one()
    with op.batch_alter_table("users", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=False)
    op.execute(f"UPDATE sqlite_sequence SET seq = {last} WHERE name = 'users'")


def downgrade() -> None:
    last = op.get_bind().exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'users'").scalar_one()
    with op.batch_alter_table("users", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=True)
    op.execute(f"UPDATE sqlite_sequence SET seq = {last} WHERE name = 'users'")
