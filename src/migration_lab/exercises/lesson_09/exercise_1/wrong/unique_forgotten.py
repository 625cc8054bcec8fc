"""Caught by: The report has unique-lost users.(username)
Breaks: Repair it until **the report is clean**

Two of three repaired.

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
TRIGGER = """
    CREATE TRIGGER note_leaving AFTER DELETE ON users
    BEGIN INSERT INTO log VALUES (old.username); END"""


def upgrade() -> None:
    op.execute("UPDATE users SET email = '' WHERE email IS NULL")
    with op.batch_alter_table(
        "users",
        table_kwargs=KEYWORDS,
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
