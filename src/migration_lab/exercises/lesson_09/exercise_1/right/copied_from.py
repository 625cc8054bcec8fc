"""Batch mode needn't look: the whole table is told to it.

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
    CREATE TRIGGER note_leaving AFTER DELETE ON users
    BEGIN INSERT INTO log VALUES (old.username); END"""

USERS = sa.Table(
    "users",
    sa.MetaData(),
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("username", sa.String(50)),
    sa.Column("email", sa.String(100)),
    sa.UniqueConstraint("username"),
    sqlite_autoincrement=True,
)


def set_nullable(nullable: bool) -> None:
    with op.batch_alter_table("users", copy_from=USERS) as batch_op:
        batch_op.alter_column(
            "email",
            existing_type=sa.String(100),
            nullable=nullable,
        )
    op.execute(TRIGGER)


def upgrade() -> None:
    op.execute("UPDATE users SET email = '' WHERE email IS NULL")
    set_nullable(False)


def downgrade() -> None:
    set_nullable(True)
