import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column(
        "users",
        "updated_at",
        existing_type=sa.TIMESTAMP(),
        existing_server_default=sa.text("CURRENT_TIMESTAMP"),
        nullable=False,
    )


def downgrade() -> None:
    op.alter_column(
        "users",
        "updated_at",
        existing_type=sa.TIMESTAMP(),
        existing_server_default=sa.text("CURRENT_TIMESTAMP"),
        nullable=True,
    )
