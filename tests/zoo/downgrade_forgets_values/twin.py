import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("users", "email", existing_type=sa.String(50), new_column_name="old_email")


def downgrade() -> None:
    op.alter_column("users", "old_email", existing_type=sa.String(50), existing_nullable=False, new_column_name="email")
