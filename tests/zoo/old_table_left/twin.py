import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.rename_table("users", "users_old")
    op.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50) NOT NULL)")
    op.execute("INSERT INTO users SELECT id, username FROM users_old")
    op.drop_table("users_old")


def downgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.alter_column("username", existing_type=sa.String(50), nullable=True)
