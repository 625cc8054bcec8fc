"""Caught by: users.status is generated: nobody can write a value into it
Breaks: `status` is one of `'new'`, `'active'`, `'banned'`

Always by the rule, so that nobody can ever be banned by hand.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE users ADD COLUMN status VARCHAR(6) NOT NULL GENERATED ALWAYS AS (
            CASE WHEN banned THEN 'banned' WHEN last_login IS NULL THEN 'new' ELSE 'active' END
        ) VIRTUAL
        """
    )


def downgrade() -> None:
    op.drop_column("users", "status")
