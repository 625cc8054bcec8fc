import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_column("users", "tenant")


def downgrade() -> None:
    op.add_column("users", sa.Column("tenant", sa.Integer()))
    op.create_unique_constraint("uq_users", "users", ["tenant", "username"])
