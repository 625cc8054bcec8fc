"""Caught by: users.points has no server default
Breaks: a new row without a value gets 100 from the database

A trigger comes after NOT NULL: the old program is refused before it.

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
    op.add_column("users", sa.Column("points", sa.Integer(), nullable=True))
    op.execute("UPDATE users SET points = 100")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "points",
            existing_type=sa.Integer(),
            nullable=False,
        )
    op.execute(
        """
        CREATE TRIGGER users_points AFTER INSERT ON users
        BEGIN
            UPDATE users SET points = 100 WHERE id = NEW.id;
        END
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER users_points")
    op.drop_column("users", "points")
