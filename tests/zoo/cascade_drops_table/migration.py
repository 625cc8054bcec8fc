from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DROP SCHEMA legacy CASCADE")


def downgrade() -> None:
    op.execute("CREATE SCHEMA legacy")
    op.execute("CREATE TABLE legacy.notes (id INTEGER PRIMARY KEY)")
