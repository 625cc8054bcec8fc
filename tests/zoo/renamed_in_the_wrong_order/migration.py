from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE users RENAME TO users_old")
    op.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50) NOT NULL)")
    op.execute("INSERT INTO users SELECT id, username FROM users_old")
    op.execute("DROP TABLE users_old")


def downgrade() -> None:
    op.execute("CREATE TABLE users_old (id INTEGER PRIMARY KEY, username VARCHAR(50))")
    op.execute("INSERT INTO users_old SELECT id, username FROM users")
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE users_old RENAME TO users")
