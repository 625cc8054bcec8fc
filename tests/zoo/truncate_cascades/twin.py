from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DELETE FROM sessions WHERE id NOT IN (SELECT session_id FROM orders)")


def downgrade() -> None:
    pass
