"""Table, rows, column, pointers, constraints

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
    op.create_table(
        "teams",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.execute(
        """
        INSERT INTO teams (name)
        SELECT DISTINCT coalesce(team, 'none') FROM users
        """
    )
    op.add_column(
        "users",
        sa.Column("team_id", sa.Integer(), nullable=True),
    )

    op.execute(
        """
        UPDATE users SET team_id = (
            SELECT teams.id FROM teams
            WHERE teams.name = coalesce(users.team, 'none')
        )
        """
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
