"""free for all who don't pay

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE users SET plan = 'free' WHERE plan <> 'paid'")


def downgrade() -> None:
    pass  # nobody knows who had which plan
