from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("UPDATE users SET username = 'Adi' WHERE id = 1")


def downgrade() -> None:
    pass
