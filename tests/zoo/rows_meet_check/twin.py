from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("UPDATE prices SET price = 1 WHERE price <= 0")
    with op.batch_alter_table("prices") as batch:
        batch.create_check_constraint("ck_prices_price", "price > 0")


def downgrade() -> None:
    with op.batch_alter_table("prices") as batch:
        batch.drop_constraint("ck_prices_price", type_="check")
