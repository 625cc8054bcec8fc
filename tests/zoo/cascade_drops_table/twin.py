from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_table("notes", schema="legacy")
    op.execute("DROP SCHEMA legacy")


def downgrade() -> None:
    op.execute("CREATE SCHEMA legacy")
    op.execute("CREATE TABLE legacy.notes (id INTEGER PRIMARY KEY)")
