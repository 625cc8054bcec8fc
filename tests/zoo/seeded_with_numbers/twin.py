import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    plans = op.create_table("plans", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(20)))
    op.bulk_insert(plans, [{"name": "free"}, {"name": "paid"}])


def downgrade() -> None:
    op.drop_table("plans")
