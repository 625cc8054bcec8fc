import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DROP TABLE accounts CASCADE")


def downgrade() -> None:
    op.create_table("accounts", sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False))
    op.execute("INSERT INTO accounts SELECT DISTINCT account_id FROM users")
    op.create_foreign_key("fk_users_account", "users", "accounts", ["account_id"], ["id"])
