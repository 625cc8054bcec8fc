"""The same, team by team in Python

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
    op.add_column(
        "users",
        sa.Column("team_id", sa.Integer(), nullable=True),
    )

    users = sa.table(
        "users",
        sa.column("team", sa.String),
        sa.column("team_id", sa.Integer),
    )
    team = sa.func.coalesce(users.c.team, "none")
    connection = op.get_bind()
    for name in connection.scalars(sa.select(team).distinct()).all():
        # The database counts: a number given by hand would leave
        # PostgreSQL's sequence behind.
        number = connection.execute(
            sa.insert(teams).values(name=name),
        ).inserted_primary_key[0]
        connection.execute(
            sa.update(users).where(team == name).values(team_id=number),
        )

    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "team_id",
            existing_type=sa.Integer(),
            nullable=False,
        )
        batch_op.create_foreign_key(
            "fk_users_team",
            "teams",
            ["team_id"],
            ["id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_constraint("fk_users_team", type_="foreignkey")
        batch_op.drop_column("team_id")
    op.drop_table("teams")
