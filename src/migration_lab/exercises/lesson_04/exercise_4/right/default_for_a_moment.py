"""A default past the rows, the trigger in own words

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
    op.execute("DROP TRIGGER users_touch")
    op.add_column(
        "users",
        sa.Column(
            "login",
            sa.String(length=50),
            nullable=False,
            server_default="",
        ),
    )
    op.execute("UPDATE users SET login = lower(username)")
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("login", server_default=None)
    op.execute(
        """
        create trigger users_touch after update on users for each row
        begin
            update users set updated_at = datetime('now')
            where id = old.id;
        end
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN login")
