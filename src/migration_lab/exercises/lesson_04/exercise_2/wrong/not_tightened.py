"""Caught by: users.slug still allows NULL
Breaks: NOT NULL **and** UNIQUE

UNIQUE lets any number of NULLs in.

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
    op.create_index("uq_users_slug", "users", ["slug"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_users_slug", "users")
    op.drop_column("users", "slug")
