import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

users = sa.table("users", sa.column("first"), sa.column("last"), sa.column("name"))


def upgrade() -> None:
    op.add_column("users", sa.Column("name", sa.String(50)))
    op.execute(sa.update(users).values(name=sa.cast(users.c.first, sa.String(20)) + " " + users.c.last))


def downgrade() -> None:
    op.drop_column("users", "name")
