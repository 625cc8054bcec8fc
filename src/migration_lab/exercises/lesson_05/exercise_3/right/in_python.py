"""Copied row by row in Python

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def copy(source: str, target: str) -> None:
    users = sa.table(
        "users",
        sa.column("id"),
        sa.column(source),
        sa.column(target),
    )
    connection = op.get_bind()
    rows = connection.execute(sa.select(users.c.id, users.c[source]))
    for user_id, name in rows.all():
        own = users.c.id == user_id
        connection.execute(
            sa.update(users).where(own).values({target: name}),
        )


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("display_name", sa.String(length=80), nullable=True),
    )
    copy("fullname", "display_name")
    op.drop_column("users", "fullname")


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.add_column(sa.Column("fullname", sa.String(length=80)))
    copy("display_name", "fullname")
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_column("display_name")
