"""without a default in the end"""

import sqlalchemy as sa
from alembic import op

revision = "hotfix"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_admin = sa.Column(
        "is_admin",
        sa.Boolean(),
        nullable=False,
        server_default=sa.false(),
    )
    op.add_column("users", is_admin)
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "is_admin",
            existing_type=sa.Boolean(),
            existing_nullable=False,
            server_default=None,
        )


def downgrade() -> None:
    op.drop_column("users", "is_admin")
