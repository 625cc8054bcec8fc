"""Built anew by hand, as 0001 has it

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
    op.add_column(
        "users",
        sa.Column("role", sa.String(length=10), nullable=True),
    )
    op.execute(
        """
        UPDATE users SET role =
            CASE WHEN is_admin THEN 'admin' ELSE 'member' END
        """
    )
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "role",
            existing_type=sa.String(length=10),
            nullable=False,
        )
        batch_op.drop_column("is_admin")


def downgrade() -> None:
    op.execute(
        """
        CREATE TABLE old_users (
            id INTEGER NOT NULL,
            username VARCHAR(50) NOT NULL,
            is_admin BOOLEAN NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (username)
        )
        """
    )
    op.execute(
        """
        INSERT INTO old_users
        SELECT id, username, role = 'admin' FROM users
        """
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE old_users RENAME TO users")
