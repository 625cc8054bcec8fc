"""Caught by: After the downgrade, other than before: users: row 1 changed: is_admin
Breaks: Afterwards each `is_admin` is what it was

Remembered in the process that upgrades: the one that downgrades is another.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ADMINS: list[int] = []


def upgrade() -> None:
    ADMINS.extend(op.get_bind().scalars(sa.text("SELECT id FROM users WHERE is_admin")).all())
    op.add_column("users", sa.Column("role", sa.String(length=10), nullable=True))
    op.execute("UPDATE users SET role = CASE WHEN is_admin THEN 'admin' ELSE 'member' END")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("role", existing_type=sa.String(length=10), nullable=False)
        batch_op.drop_column("is_admin")


def downgrade() -> None:
    op.add_column("users", sa.Column("is_admin", sa.Boolean(), nullable=True))
    users = sa.table("users", sa.column("id"), sa.column("is_admin"))
    op.execute(sa.update(users).values(is_admin=users.c.id.in_(ADMINS)))
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("is_admin", existing_type=sa.Boolean(), nullable=False)
        batch_op.drop_column("role")
