import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    joined = sa.Column("joined", sa.DateTime(), nullable=False, server_default=sa.text("CURRENT_TIMESTAMP"))
    with op.batch_alter_table("users") as batch:
        batch.add_column(joined)


def downgrade() -> None:
    op.drop_column("users", "joined")
