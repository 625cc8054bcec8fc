from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("users", "username", nullable=False)


def downgrade() -> None:
    op.alter_column("users", "username", nullable=True)
