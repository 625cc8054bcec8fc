import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column(
        "users",
        "id",
        existing_type=sa.Integer(),
        existing_nullable=False,
        existing_autoincrement=True,
        type_=sa.BigInteger(),
    )


def downgrade() -> None:
    op.alter_column(
        "users",
        "id",
        existing_type=sa.BigInteger(),
        existing_nullable=False,
        existing_autoincrement=True,
        type_=sa.Integer(),
    )
