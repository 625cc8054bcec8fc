"""Their ids, noted at the beginning

Revision ID: 0002
Revises: 0001
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bind = op.get_bind()
    without = "SELECT id FROM users WHERE slug IS NULL ORDER BY id"
    ids = bind.execute(sa.text(without)).scalars().all()
    users = sa.table(
        "users",
        sa.column("id"),
        sa.column("username"),
        sa.column("slug"),
    )
    for first in range(0, len(ids), 500):
        with bind.engine.begin() as connection:
            connection.execute(
                sa.update(users)
                .where(users.c.id.in_(ids[first : first + 500]))
                .where(users.c.slug.is_(None))
                .values(slug=sa.func.lower(users.c.username))
            )
        time.sleep(0.05)


def downgrade() -> None:
    pass
