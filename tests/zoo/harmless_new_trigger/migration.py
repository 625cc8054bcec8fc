from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE VIEW names AS SELECT username FROM users")
    op.execute("CREATE TRIGGER keep BEFORE DELETE ON users BEGIN SELECT RAISE(IGNORE); END")


def downgrade() -> None:
    op.execute("DROP TRIGGER keep")
    op.execute("DROP VIEW names")
