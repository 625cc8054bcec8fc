import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("users", "username", existing_type=sa.String(50), new_column_name="login")


def downgrade() -> None:
    op.alter_column("users", "login", existing_type=sa.String(50), new_column_name="username")
