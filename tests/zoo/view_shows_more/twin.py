import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DROP VIEW people")
    op.add_column("users", sa.Column("password", sa.String(60)))
    op.execute("CREATE VIEW people AS SELECT id, username FROM users")


def downgrade() -> None:
    op.execute("DROP VIEW people")
    op.drop_column("users", "password")
    op.execute("CREATE VIEW people AS SELECT * FROM users")
