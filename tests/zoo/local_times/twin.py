import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ZONED = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.alter_column("events", "at", existing_type=sa.DateTime(), type_=ZONED, postgresql_using="at AT TIME ZONE 'UTC'")


def downgrade() -> None:
    op.alter_column("events", "at", existing_type=ZONED, type_=sa.DateTime(), postgresql_using="at AT TIME ZONE 'UTC'")
