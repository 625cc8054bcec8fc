"""A NOT NULL foreign key to a table that the migration has to make and fill first."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    downgrade_restores_schema,
    foreign_key,
    no_default,
    not_null,
    nothing_else,
    own_database,
    rows_kept,
    unique,
    values,
)
from migration_lab.exercises.start import start

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="A table for the teams",
    text="""
The name of the team stands in each user's row, or NULL. It becomes a table: `teams(id, name)`, `name` NOT NULL and
UNIQUE, and `users.team_id`, NOT NULL, without a default, a foreign key to it. Whoever has no team goes to a team named
`'none'`; each name is there once. The old column `team` stays as it is: the code of last week still reads it.

Write the migration, with a `downgrade()` that takes both away again.
""",
    hints=(
        "The order is half the work: the table, its rows, the column (nullable), the pointers, and only then NOT "
        "NULL and the foreign key.",
        "`INSERT INTO teams (name) SELECT DISTINCT coalesce(team, 'none') FROM users` fills it. The UPDATE needs "
        "the same coalesce: `NULL = NULL` isn't true.",
        "In one batch: `alter_column('team_id', nullable=False)` and `create_foreign_key('fk_users_team', 'teams', "
        "['team_id'], ['id'])`. The name is needed for the way back.",
    ),
    file="0002_create_teams.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0001", "INSERT INTO users VALUES (1, 'adi', 'red'), (2, 'john', NULL);"),
            hidden="""
                INSERT INTO users VALUES
                    (3, 'zoë', 'red'), (4, 'eve', NULL), (5, 'kim', 'blue'), (6, 'pat', 'none');
            """,
            requirements=(
                at_head(),
                values(
                    "SELECT users.id, teams.name FROM users JOIN teams ON teams.id = users.team_id ORDER BY users.id",
                    [(1, "red"), (2, "none"), (3, "red"), (4, "none"), (5, "blue"), (6, "none")],
                    "everyone points to their own team",
                    "SELECT users.id, team, team_id, teams.name FROM users LEFT JOIN teams ON teams.id = team_id.",
                ),
                values(
                    "SELECT name, count(*) FROM teams GROUP BY name ORDER BY name",
                    [("blue", 1), ("none", 1), ("red", 1)],
                    "each team is there once",
                    "SELECT * FROM teams: is it one row a team, or one a user?",
                ),
                not_null("users", "team_id"),
                foreign_key("users", "team_id", "teams"),
                not_null("teams", "name"),
                unique("teams", "name"),
                no_default("users", "team_id"),
                rows_kept("users"),
                nothing_else("table teams appeared", "users: column team_id appeared"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "The name of the team",
        "the code of last week",
    ),
    solution="in_sql",
)
