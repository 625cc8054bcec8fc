import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("users", "is_active", existing_type=sa.Boolean(), existing_server_default=sa.true(), nullable=False)


def downgrade() -> None:
    op.alter_column("users", "is_active", existing_type=sa.Boolean(), existing_server_default=sa.true(), nullable=True)
