import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("SET SESSION sql_mode = ''")
    op.alter_column("users", "bio", existing_type=sa.String(50), type_=sa.String(10))


def downgrade() -> None:
    op.alter_column("users", "bio", existing_type=sa.String(10), type_=sa.String(50))
