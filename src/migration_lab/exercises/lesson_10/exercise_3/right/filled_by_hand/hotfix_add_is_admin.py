"""in three steps, with a default in the end"""

import sqlalchemy as sa
from alembic import op

revision = "hotfix"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("is_admin", sa.Boolean()))
    users = sa.table("users", sa.column("is_admin", sa.Boolean()))
    op.execute(sa.update(users).values(is_admin=sa.false()))
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "is_admin",
            existing_type=sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
        )


def downgrade() -> None:
    op.drop_column("users", "is_admin")
