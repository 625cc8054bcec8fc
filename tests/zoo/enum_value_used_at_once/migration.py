from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TYPE state ADD VALUE IF NOT EXISTS 'gone'")
    op.execute("UPDATE orders SET state = 'gone' WHERE state = 'archived'")


def downgrade() -> None:
    op.execute("UPDATE orders SET state = 'archived' WHERE state = 'gone'")
