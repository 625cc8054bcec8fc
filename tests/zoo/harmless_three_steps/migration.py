import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

users = sa.table("users", sa.column("id"), sa.column("username", sa.String), sa.column("handle", sa.String))


def upgrade() -> None:
    op.add_column("users", sa.Column("handle", sa.String(60)))
    value = users.c.username + "-" + sa.cast(users.c.id, sa.String(10))
    op.execute(sa.update(users).where(users.c.handle.is_(None)).values(handle=value))
    with op.batch_alter_table("users") as batch:
        batch.alter_column("handle", existing_type=sa.String(60), nullable=False)
        batch.create_unique_constraint("uq_users_handle", ["handle"])


def downgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.drop_constraint("uq_users_handle", type_="unique")
        batch.drop_column("handle")
