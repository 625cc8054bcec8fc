import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

users = sa.table("users", sa.column("id"), sa.column("email", sa.String))


def upgrade() -> None:
    first = sa.select(sa.func.min(users.c.id)).group_by(users.c.email).subquery()
    later = users.c.id.not_in(sa.select(first))
    op.execute(sa.update(users).where(later).values(email=None))
    with op.batch_alter_table("users") as batch:
        batch.create_unique_constraint("uq_users_email", ["email"])


def downgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.drop_constraint("uq_users_email", type_="unique")
