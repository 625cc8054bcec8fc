"""Caught by: users (slug) takes the same value twice
Breaks: NOT NULL **and** UNIQUE

The index leaves out whoever comes later.

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
    op.execute(
        """
        WITH plain AS (SELECT id, lower(replace(username, ' ', '-')) AS slug FROM users),
        numbered AS (SELECT id, slug, row_number() OVER (PARTITION BY slug ORDER BY id) AS number FROM plain)
        UPDATE users SET slug = (
            SELECT CASE number WHEN 1 THEN slug ELSE slug || '-' || number END
            FROM numbered WHERE numbered.id = users.id
        )
        """
    )
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "slug",
            existing_type=sa.String(length=60),
            nullable=False,
        )
    op.execute("CREATE UNIQUE INDEX uq_users_slug ON users (slug) WHERE id < 1000")


def downgrade() -> None:
    op.drop_index("uq_users_slug", "users")
    op.drop_column("users", "slug")
