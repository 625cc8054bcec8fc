from alembic import op

revision = "0002"
down_revision = "0001"

EDIT = "UPDATE sqlite_schema SET sql = replace(sql, 'email TEXT', 'email TEXT NOT NULL') WHERE name = 'users'"
UNDO = "UPDATE sqlite_schema SET sql = replace(sql, 'email TEXT NOT NULL', 'email TEXT') WHERE name = 'users'"


def edit(statement: str) -> None:
    op.execute("PRAGMA writable_schema = ON")
    op.execute(statement)
    op.execute("PRAGMA writable_schema = RESET")


def upgrade() -> None:
    edit(EDIT)


def downgrade() -> None:
    edit(UNDO)
