"""Caught by: waited
Breaks: it waits for its lock a tenth of a second at a time
Breaks: so that nobody waits longer than 0.4 s for it

With the driver's own patience, for which everybody else has to have some

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
    op.add_column("users", sa.Column("note", sa.String(100), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "note")
