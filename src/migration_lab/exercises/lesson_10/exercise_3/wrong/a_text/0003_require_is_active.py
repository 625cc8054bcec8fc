"""fill is_active once more, require it, with a default for older code"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "hotfix"


def upgrade() -> None:
    users = sa.table("users", sa.column("is_active", sa.Boolean()))
    missing = users.c.is_active.is_(None)
    op.execute(sa.update(users).where(missing).values(is_active=sa.true()))
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "is_active",
            existing_type=sa.Boolean(),
            server_default=sa.true(),
            nullable=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "is_active",
            existing_type=sa.Boolean(),
            existing_server_default=sa.true(),
            server_default=None,
            nullable=True,
        )
