"""Caught by: rows of users are gone
Breaks: and what is there stays.

Who has no email has no account any more.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


KEYWORDS = {"sqlite_autoincrement": True}
UNIQUE = sa.UniqueConstraint("username", name="uq_users_username")
TRIGGER = """
    CREATE TRIGGER note_leaving AFTER DELETE ON users
    BEGIN INSERT INTO log VALUES (old.username); END"""


def upgrade() -> None:
    op.execute("DELETE FROM users WHERE email IS NULL")
    with op.batch_alter_table(
        "users",
        table_kwargs=KEYWORDS,
        table_args=[UNIQUE],
    ) as batch_op:
        batch_op.alter_column(
            "email",
            existing_type=sa.String(100),
            nullable=False,
        )
    op.execute(TRIGGER)


def downgrade() -> None:
    with op.batch_alter_table(
        "users",
        table_kwargs=KEYWORDS,
    ) as batch_op:
        batch_op.alter_column(
            "email",
            existing_type=sa.String(100),
            nullable=True,
        )
    op.execute(TRIGGER)
