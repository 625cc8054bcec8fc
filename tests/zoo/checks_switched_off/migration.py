from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("SET foreign_key_checks = 0")
    op.create_foreign_key("fk_orders_user_id", "orders", "users", ["user_id"], ["id"])
    op.execute("SET foreign_key_checks = 1")


def downgrade() -> None:
    op.drop_constraint("fk_orders_user_id", "orders", type_="foreignkey")
    op.drop_index("fk_orders_user_id", "orders")
