import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("UPDATE users SET prefs = NULL WHERE prefs = ''")
    op.alter_column("users", "prefs", existing_type=sa.Text(), type_=sa.JSON(), postgresql_using="prefs::json")


def downgrade() -> None:
    op.alter_column("users", "prefs", existing_type=sa.JSON(), type_=sa.Text(), postgresql_using="prefs::text")
