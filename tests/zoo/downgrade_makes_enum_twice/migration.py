import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

STATE = sa.Enum("new", "paid", name="state")


def upgrade() -> None:
    op.drop_table("orders")
    STATE.drop(op.get_bind())


def downgrade() -> None:
    STATE.create(op.get_bind(), checkfirst=True)
    key = sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False)
    op.create_table("orders", key, sa.Column("state", STATE))
