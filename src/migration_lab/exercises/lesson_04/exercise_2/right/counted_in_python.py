"""Counted in Python, and made UNIQUE by an index

Revision ID: 0002
Revises: 0001
"""

from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("slug", sa.String(length=60), nullable=True),
    )

    users = sa.table(
        "users",
        sa.column("id"),
        sa.column("username"),
        sa.column("slug"),
    )
    connection = op.get_bind()
    taken: Counter[str] = Counter()
    names = sa.select(users.c.id, users.c.username).order_by(users.c.id)
    for user_id, username in connection.execute(names).all():
        slug = username.lower().replace(" ", "-")
        taken[slug] += 1
        if taken[slug] > 1:
            slug += f"-{taken[slug]}"
        own = users.c.id == user_id
        connection.execute(sa.update(users).where(own).values(slug=slug))

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "slug",
            existing_type=sa.String(length=60),
            nullable=False,
        )
    op.create_index("uq_users_slug", "users", ["slug"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_users_slug", "users")
    op.drop_column("users", "slug")
