import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("users", sa.Column("handle", sa.String(20), unique=True))


def downgrade() -> None:
    op.drop_column("users", "handle")
