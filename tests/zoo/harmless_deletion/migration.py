import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DELETE FROM logs WHERE id < 2")
    op.drop_column("users", "city")
    op.drop_table("old")


def downgrade() -> None:
    op.create_table("old", sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False))
    op.add_column("users", sa.Column("city", sa.String(20)))
