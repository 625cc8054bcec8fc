"""NULL is given a value first.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


OTHERS = "coalesce(plan, '') <> 'paid'"


def upgrade() -> None:
    op.execute(f"UPDATE users SET plan = 'free' WHERE {OTHERS}")


def downgrade() -> None:
    pass  # nobody knows who had which plan
