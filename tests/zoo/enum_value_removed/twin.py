from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("UPDATE orders SET state = 'paid' WHERE state = 'archived'")
    op.execute("ALTER TYPE state RENAME TO old_state")
    op.execute("CREATE TYPE state AS ENUM ('new', 'paid')")
    op.execute("ALTER TABLE orders ALTER COLUMN state TYPE state USING state::text::state")
    op.execute("DROP TYPE old_state")


def downgrade() -> None:
    op.execute("ALTER TYPE state ADD VALUE 'archived'")
