import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

STATE = sa.Enum("new", "paid", name="state")


def upgrade() -> None:
    op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("state", STATE))


def downgrade() -> None:
    op.drop_table("orders")
