from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE TABLE users_new (id INTEGER PRIMARY KEY, username VARCHAR(50) NOT NULL)")
    op.execute("INSERT INTO users_new SELECT id, username FROM users")
    op.drop_table("users")
    op.rename_table("users_new", "users")
    op.execute("ALTER INDEX users_new_pkey RENAME TO users_pkey")


def downgrade() -> None:
    op.alter_column("users", "username", nullable=True)
