import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("settings", sa.Column("locale", sa.String(10)))


def downgrade() -> None:
    op.drop_column("settings", "locale")
