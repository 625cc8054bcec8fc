"""What the rebuild drops, as the catalogue has it

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
    lost = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_schema "
        "WHERE tbl_name = 'users' AND type IN ('index', 'trigger') "
        "AND sql IS NOT NULL",
    ).fetchall()
    users = sa.table("users", sa.column("team"))
    op.execute(
        sa.update(users).where(users.c.team.is_(None)).values(team="none"),
    )

    with op.batch_alter_table("users", recreate="always") as batch_op:
        batch_op.alter_column("team", nullable=False)

    # Alembic makes an index again where SQLAlchemy can read it.
    op.execute("DROP INDEX IF EXISTS users_by_email")
    for _, sql in lost:
        op.execute(sa.text(sql))
    op.create_index("uq_username", "users", ["username"], unique=True)


def downgrade() -> None:
    pass
