"""a text"""

import sqlalchemy as sa
from alembic import op

revision = "hotfix"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_admin = sa.Column(
        "is_admin",
        sa.String(5),
        nullable=False,
        server_default=sa.false(),
    )
    op.add_column("users", is_admin)


def downgrade() -> None:
    op.drop_column("users", "is_admin")
