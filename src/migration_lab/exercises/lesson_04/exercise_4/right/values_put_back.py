"""The trigger fires, and its traces are removed

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
    trigger = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_schema WHERE name = 'users_touch'",
    ).scalar_one()
    kept = connection.exec_driver_sql(
        "SELECT updated_at, id FROM users",
    ).fetchall()

    op.execute("ALTER TABLE users ADD COLUMN login VARCHAR(50)")
    op.execute("UPDATE users SET login = lower(username)")

    with op.batch_alter_table("users", recreate="always") as batch_op:
        batch_op.alter_column("login", nullable=False)

    for updated_at, user_id in kept:
        connection.execute(
            sa.text("UPDATE users SET updated_at = :at WHERE id = :id"),
            {"at": updated_at, "id": user_id},
        )
    op.execute(trigger)


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN login")
