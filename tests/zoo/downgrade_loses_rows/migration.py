from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("INSERT INTO users SELECT id, username FROM guests")
    op.execute("DELETE FROM guests")


def downgrade() -> None:
    op.execute("DELETE FROM users WHERE id >= 100")
