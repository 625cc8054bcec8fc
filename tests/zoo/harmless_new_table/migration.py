import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    plans = op.create_table(
        "plans",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(20), nullable=False, index=True, unique=True),
        sa.Column("owner", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE")),
    )
    op.bulk_insert(plans, [{"name": "free", "owner": 1}, {"name": "paid", "owner": None}])


def downgrade() -> None:
    op.drop_table("plans")
