import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

users = sa.table("users", sa.column("plan"))


def upgrade() -> None:
    op.add_column("users", sa.Column("plan", sa.String(10)))
    op.execute(sa.update(users).values(plan="free"))


def downgrade() -> None:
    op.drop_column("users", "plan")
