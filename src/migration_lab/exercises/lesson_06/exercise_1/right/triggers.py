"""No CHECK: two triggers refuse other words

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
    op.add_column(
        "users",
        sa.Column("status", sa.String(length=6), nullable=True),
    )
    op.execute(
        """
        UPDATE users SET status = CASE
            WHEN banned THEN 'banned'
            WHEN last_login IS NULL THEN 'new'
            ELSE 'active'
        END
        """
    )

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("status", nullable=False)
    for event in ("INSERT", "UPDATE"):
        op.execute(
            f"""
            CREATE TRIGGER status_{event} BEFORE {event} ON users
            WHEN NEW.status NOT IN ('new', 'active', 'banned')
            BEGIN
                SELECT RAISE(ABORT, 'no such status');
            END
            """
        )


def downgrade() -> None:
    for event in ("INSERT", "UPDATE"):
        op.execute(f"DROP TRIGGER status_{event}")
    op.drop_column("users", "status")
