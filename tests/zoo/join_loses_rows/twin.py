from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE TABLE users_new (id INTEGER PRIMARY KEY, username VARCHAR(50), city VARCHAR(20))")
    op.execute(
        "INSERT INTO users_new SELECT u.id, u.username, p.city FROM users u LEFT JOIN profiles p ON p.user_id = u.id"
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE users_new RENAME TO users")


def downgrade() -> None:
    op.drop_column("users", "city")
