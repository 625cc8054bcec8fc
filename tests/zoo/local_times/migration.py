import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("SET LOCAL timezone = 'Asia/Kolkata'")
    op.alter_column("events", "at", existing_type=sa.DateTime(), type_=sa.DateTime(timezone=True))


def downgrade() -> None:
    op.execute("SET LOCAL timezone = 'Asia/Kolkata'")
    op.alter_column("events", "at", existing_type=sa.DateTime(timezone=True), type_=sa.DateTime())
