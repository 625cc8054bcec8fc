"""nullable"""

import sqlalchemy as sa
from alembic import op

revision = "hotfix"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("is_admin", sa.Boolean()))


def downgrade() -> None:
    op.drop_column("users", "is_admin")
