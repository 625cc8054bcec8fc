"""Batch mode, told of what it can't see, and the rest made again

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
CREATE TRIGGER keep_adi BEFORE DELETE ON users WHEN OLD.id = 1
BEGIN
    SELECT RAISE(ABORT, 'adi stays');
END
"""


def upgrade() -> None:
    op.execute("UPDATE users SET team = 'none' WHERE team IS NULL")

    with op.batch_alter_table(
        "users",
        recreate="always",
        table_args=(sa.UniqueConstraint("username"),),
    ) as batch_op:
        batch_op.alter_column(
            "team",
            existing_type=sa.String(length=40),
            nullable=False,
        )
    op.execute(
        "CREATE INDEX IF NOT EXISTS users_by_email ON users (lower(email))",
    )
    op.execute(TRIGGER)


def downgrade() -> None:
    pass
