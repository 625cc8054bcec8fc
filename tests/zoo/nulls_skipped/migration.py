from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("UPDATE users SET plan = 'free' WHERE role <> 'admin'")


def downgrade() -> None:
    pass
