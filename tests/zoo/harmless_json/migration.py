from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE users ALTER COLUMN prefs TYPE jsonb")


def downgrade() -> None:
    op.execute("ALTER TABLE users ALTER COLUMN prefs TYPE json")
