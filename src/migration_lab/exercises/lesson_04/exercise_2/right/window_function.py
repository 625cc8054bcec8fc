"""Those with the same slug are numbered by a window function

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
    op.add_column(
        "users",
        sa.Column("slug", sa.String(length=60), nullable=True),
    )

    op.execute(
        """
        WITH plain AS (
            SELECT id, lower(replace(username, ' ', '-')) AS slug
            FROM users
        ),
        numbered AS (
            SELECT id, slug, row_number() OVER (
                PARTITION BY slug ORDER BY id
            ) AS number
            FROM plain
        )
        UPDATE users SET slug = (
            SELECT CASE number
                WHEN 1 THEN slug
                ELSE slug || '-' || number
            END
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
        batch_op.create_unique_constraint("uq_users_slug", ["slug"])


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint("uq_users_slug", type_="unique")
        batch_op.drop_column("slug")
