from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE TABLE users_new (id INTEGER PRIMARY KEY, username VARCHAR(50), plan VARCHAR(10))")
    op.execute("INSERT INTO users_new SELECT id, username, 'free' FROM users")
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE users_new RENAME TO users")


def downgrade() -> None:
    op.execute("CREATE TABLE users_old (id INTEGER PRIMARY KEY, username VARCHAR(50))")
    op.execute("INSERT INTO users_old SELECT id, username FROM users WHERE username IS NOT NULL")
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE users_old RENAME TO users")
