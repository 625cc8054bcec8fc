"""The table and its rows

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
    teams = op.create_table(
        "teams",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40), nullable=False, unique=True),
    )
    connection = op.get_bind()
    found = connection.exec_driver_sql("SELECT team FROM users").scalars()
    names = {name or "none" for name in found}
    op.bulk_insert(teams, [{"name": name} for name in sorted(names)])


def downgrade() -> None:
    op.drop_table("teams")
