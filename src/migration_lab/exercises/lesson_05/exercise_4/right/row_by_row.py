"""One row after the other, in Python

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
    nobody = sa.text("SELECT id FROM users WHERE email IS NULL")
    for user_id in connection.scalars(nobody).all():
        address = f"unknown-{user_id}@example.invalid"
        connection.execute(
            sa.text("UPDATE users SET email = :email WHERE id = :id"),
            {"email": address, "id": user_id},
        )

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "email",
            existing_type=sa.String(length=100),
            nullable=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "email",
            existing_type=sa.String(length=100),
            nullable=True,
        )
    op.execute(
        """
        UPDATE users SET email = NULL
        WHERE email LIKE 'unknown-%@example.invalid'
        """
    )
