from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE orders ALTER COLUMN state TYPE varchar(10) USING state::text")
    op.execute("DROP TYPE state")


def downgrade() -> None:
    op.execute("CREATE TYPE state AS ENUM ('new', 'paid')")
    op.execute("ALTER TABLE orders ALTER COLUMN state TYPE state USING state::state")
