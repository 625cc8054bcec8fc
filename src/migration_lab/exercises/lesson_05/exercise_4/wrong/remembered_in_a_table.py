"""Caught by: Nobody asked for it: table no_email appeared
Breaks: and takes the placeholders back out, and no other address.

Remembers in a table of its own who had none, and leaves it in everybody's database.

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
    op.execute("CREATE TABLE no_email AS SELECT id FROM users WHERE email IS NULL")
    op.execute("UPDATE users SET email = 'unknown-' || id || '@example.invalid' WHERE email IS NULL")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(length=100), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(length=100), nullable=True)
    op.execute("UPDATE users SET email = NULL WHERE id IN (SELECT id FROM no_email)")
    op.drop_table("no_email")
