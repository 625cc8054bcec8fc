import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DROP VIEW active")
    with op.batch_alter_table("users") as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=False)
    op.execute("CREATE VIEW active AS SELECT username FROM users WHERE is_active")


def downgrade() -> None:
    op.execute("DROP VIEW active")
    with op.batch_alter_table("users") as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=True)
    op.execute("CREATE VIEW active AS SELECT username FROM users WHERE is_active")
