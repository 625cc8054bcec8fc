import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

OLD, NEW = sa.Enum("new", "paid", "archived"), sa.Enum("new", "paid")


def upgrade() -> None:
    op.execute("SET SESSION sql_mode = ''")
    op.alter_column("orders", "state", existing_type=OLD, type_=NEW)


def downgrade() -> None:
    op.alter_column("orders", "state", existing_type=NEW, type_=OLD)
