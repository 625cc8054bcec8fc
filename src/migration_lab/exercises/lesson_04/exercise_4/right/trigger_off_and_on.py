"""The trigger steps aside, and comes back last

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TRIGGER = """
CREATE TRIGGER users_touch AFTER UPDATE ON users
BEGIN
    UPDATE users SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
END
"""


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("login", sa.String(length=50), nullable=True),
    )
    op.execute("DROP TRIGGER users_touch")
    op.execute("UPDATE users SET login = lower(username)")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "login",
            existing_type=sa.String(length=50),
            nullable=False,
        )
    op.execute(TRIGGER)


def downgrade() -> None:
    op.drop_column("users", "login")
