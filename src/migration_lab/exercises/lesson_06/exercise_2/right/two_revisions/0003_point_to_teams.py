"""The pointers

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
    with op.batch_alter_table("users") as batch_op:
        batch_op.add_column(sa.Column("team_id", sa.Integer))
    op.execute(
        """
        UPDATE users SET team_id = teams.id FROM teams
        WHERE teams.name = coalesce(users.team, 'none')
        """
    )
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("team_id", nullable=False)
        batch_op.create_foreign_key(
            "users_to_teams",
            "teams",
            ["team_id"],
            ["id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint("users_to_teams", type_="foreignkey")
        batch_op.drop_column("team_id")
