import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("generate", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE jobs SET generate = cached")
    op.drop_column("jobs", "cached")


def downgrade() -> None:
    op.add_column("jobs", sa.Column("cached", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE jobs SET cached = generate")
    op.drop_column("jobs", "generate")
