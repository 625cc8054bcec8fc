import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("UPDATE users SET login = login || id WHERE id = 2")
    op.create_index("uq_users_login", "users", [sa.text("lower(login)")], unique=True)


def downgrade() -> None:
    op.drop_index("uq_users_login", "users")
