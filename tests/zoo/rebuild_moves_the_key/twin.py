from alembic import op

revision = "0002"
down_revision = "0001"

TABLE = """CREATE TABLE users_new (
    id int primary key,
    username TEXT,
    is_active BOOLEAN {}
)"""


def rebuild(rule: str) -> None:
    op.execute(TABLE.format(rule))
    op.execute("INSERT INTO users_new SELECT id, username, is_active FROM users")
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE users_new RENAME TO users")


def upgrade() -> None:
    rebuild("NOT NULL")


def downgrade() -> None:
    rebuild("")
