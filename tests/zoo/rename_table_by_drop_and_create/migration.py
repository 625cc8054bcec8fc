import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_table("users")
    op.create_table("accounts", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("username", sa.String(50)))


def downgrade() -> None:
    op.drop_table("accounts")
    key = sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False)
    op.create_table("users", key, sa.Column("username", sa.String(50)))
