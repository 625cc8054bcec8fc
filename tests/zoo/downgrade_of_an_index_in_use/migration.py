from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_unique_constraint("uq_accounts_user_city", "accounts", ["user_id", "city"])
    op.create_foreign_key("fk_accounts_user", "accounts", "users", ["user_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint("uq_accounts_user_city", "accounts", type_="unique")
    op.drop_constraint("fk_accounts_user", "accounts", type_="foreignkey")
