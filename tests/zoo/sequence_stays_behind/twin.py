from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE TABLE users_new (id SERIAL PRIMARY KEY, username VARCHAR(50) NOT NULL)")
    op.execute("INSERT INTO users_new SELECT id, username FROM users")
    op.drop_table("users")
    op.rename_table("users_new", "users")
    op.execute("ALTER SEQUENCE users_new_id_seq RENAME TO users_id_seq")
    op.execute("SELECT setval('users_id_seq', (SELECT max(id) FROM users))")


def downgrade() -> None:
    op.alter_column("users", "username", nullable=True)
