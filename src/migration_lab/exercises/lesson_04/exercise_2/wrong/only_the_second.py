"""Caught by: everyone has the slug that the rule gives them
Breaks: the others get `-2`, `-3` and so on, in the order of their ids.

Right for the two that can be seen; a hidden third one collides with the second's rule.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("slug", sa.String(length=60), nullable=True))
    op.execute("UPDATE users SET slug = lower(replace(username, ' ', '-'))")

    op.execute(
        """
        UPDATE users SET slug = slug || '-' || (
            SELECT count(*) + 1 FROM users AS other WHERE other.slug LIKE users.slug || '%' AND other.id < users.id
        )
        WHERE EXISTS (SELECT 1 FROM users AS other WHERE other.slug = users.slug AND other.id < users.id)
        """
    )
    op.execute("UPDATE users SET slug = replace(slug, '-3', '-2')")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("slug", existing_type=sa.String(length=60), nullable=False)


def downgrade() -> None:
    op.drop_column("users", "slug")
