"""Caught by: who had no address has a placeholder
Breaks: with their own id for the number.

Numbered from 1. A hidden user shows that this is not the id.

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
    connection = op.get_bind()
    ids = connection.scalars(sa.text("SELECT id FROM users WHERE email IS NULL ORDER BY id")).all()
    for number, user_id in enumerate(ids, 1):
        connection.execute(
            sa.text("UPDATE users SET email = :email WHERE id = :id"),
            {"email": f"unknown-{number}@example.invalid", "id": user_id},
        )
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(length=100), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("email", existing_type=sa.String(length=100), nullable=True)
    op.execute("UPDATE users SET email = NULL WHERE email LIKE 'unknown-%@example.invalid'")
