import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("users", "code", existing_type=sa.String(10), type_=sa.String(20))


def downgrade() -> None:
    op.alter_column("users", "code", existing_type=sa.String(20), type_=sa.String(10))
