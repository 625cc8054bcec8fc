"""Caught by: UNIQUE constraint failed: teams.name
Breaks: each name is there once.

None becomes a second team of that name where somebody's team is called 'none' already.

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
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.add_column("users", sa.Column("team_id", sa.Integer(), nullable=True))

    users = sa.table("users", sa.column("team"), sa.column("team_id"))
    connection = op.get_bind()
    for number, team in enumerate(connection.scalars(sa.select(users.c.team).distinct()).all(), 1):
        connection.execute(sa.insert(teams).values(id=number, name="none" if team is None else team))
        # SQLAlchemy writes IS NULL where it is compared with None.
        connection.execute(sa.update(users).where(users.c.team == team).values(team_id=number))

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("team_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key("fk_users_team", "teams", ["team_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint("fk_users_team", type_="foreignkey")
        batch_op.drop_column("team_id")
    op.drop_table("teams")
