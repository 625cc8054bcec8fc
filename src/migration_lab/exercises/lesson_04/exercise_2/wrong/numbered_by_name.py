"""Caught by: everyone has the slug that the rule gives them
Breaks: in the order of their ids.

The lowest id keeps it, the others are numbered by their names.

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
    op.add_column("users", sa.Column("slug", sa.String(length=60), nullable=True))
    connection = op.get_bind()
    taken: Counter[str] = Counter()
    for user_id, username in connection.execute(
        sa.text("SELECT id, username FROM users ORDER BY id <> 1, username")
    ).all():
        slug = username.lower().replace(" ", "-")
        taken[slug] += 1
        slug += f"-{taken[slug]}" if taken[slug] > 1 else ""
        connection.execute(sa.text("UPDATE users SET slug = :slug WHERE id = :id"), {"slug": slug, "id": user_id})
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "slug",
            existing_type=sa.String(length=60),
            nullable=False,
        )
        batch_op.create_unique_constraint("uq_users_slug", ["slug"])


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint("uq_users_slug", type_="unique")
        batch_op.drop_column("slug")
