"""Built anew by hand, the foreign key beside its column

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE teams (
            id INTEGER PRIMARY KEY,
            name VARCHAR(40) NOT NULL
        )
        """
    )
    op.create_index("teams_by_name", "teams", ["name"], unique=True)
    op.execute(
        """
        INSERT INTO teams (name)
        SELECT 'none' UNION SELECT team FROM users WHERE team IS NOT NULL
        """
    )
    op.execute(
        """
        CREATE TABLE new_users (
            id INTEGER NOT NULL,
            username VARCHAR(50) NOT NULL,
            team VARCHAR(40),
            team_id INTEGER NOT NULL REFERENCES teams,
            PRIMARY KEY (id),
            UNIQUE (username)
        )
        """
    )
    op.execute(
        """
        INSERT INTO new_users
        SELECT users.*, teams.id FROM users
        JOIN teams ON teams.name = ifnull(users.team, 'none')
        """
    )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")


def downgrade() -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.drop_column("team_id")
    op.drop_table("teams")
