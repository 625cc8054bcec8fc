"""Row by row in Python, the default as a text

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    rows = connection.exec_driver_sql("SELECT id, is_active FROM users")
    meant = {"true": 1, "false": 0}
    for user_id, value in rows.fetchall():
        connection.execute(
            sa.text("UPDATE users SET is_active = :value WHERE id = :id"),
            {"value": meant.get(value, value), "id": user_id},
        )

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("is_active", server_default="1")


def downgrade() -> None:
    pass
