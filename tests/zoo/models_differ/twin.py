import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("users", sa.Column("plan", sa.String(10)))
    op.create_index("ix_users_plan", "users", ["plan"])


def downgrade() -> None:
    op.drop_index("ix_users_plan", "users")
    op.drop_column("users", "plan")
