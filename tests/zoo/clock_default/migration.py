import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    joined = sa.Column("joined", sa.DateTime(), nullable=False, server_default=sa.text("CURRENT_TIMESTAMP"))
    op.add_column("users", joined)


def downgrade() -> None:
    op.drop_column("users", "joined")
