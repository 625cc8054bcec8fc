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
        sa.Column("city", sa.String(length=80), nullable=True),
    )
    op.add_column(
        "users",
        sa.Column(
            "newsletter",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
        ),
    )


def downgrade() -> None:
    op.execute(
        """
        CREATE TABLE old_users (
            id INTEGER NOT NULL,
            username VARCHAR(50),
            email VARCHAR(100),
            PRIMARY KEY (id),
            UNIQUE (email),
            UNIQUE (username)
        )
        """
    )
    op.execute(
        "INSERT INTO old_users SELECT id, username, email FROM users",
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE old_users RENAME TO users")
