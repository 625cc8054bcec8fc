"""A second column, filled, which takes the place of the first

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("new_plan", sa.String(20)))
    op.execute("UPDATE users SET new_plan = plan")
    op.drop_column("users", "plan")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "new_plan",
            new_column_name="plan",
            existing_type=sa.String(20),
            nullable=False,
        )


def downgrade() -> None:
    op.execute(
        """
        ALTER TABLE users
        ADD COLUMN old_plan VARCHAR(20) DEFAULT 'free' NOT NULL
        """
    )
    op.execute("UPDATE users SET old_plan = plan")
    op.execute("ALTER TABLE users DROP COLUMN plan")
    op.execute("ALTER TABLE users RENAME COLUMN old_plan TO plan")
