"""A default= that never leaves Python."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    default,
    downgrade_restores_schema,
    new_row_gets,
    not_null,
    nothing_else,
    own_database,
    rows_kept,
    values,
)
from migration_lab.exercises.start import start
from migration_lab.lessons import ADI_AND_JOHN

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="The default that stayed at home",
    text="""
Everybody starts with 100 `points`. The colleague who wrote `0002` gave the column a `default=100`, and yet the
database asks for a value. Besides, an old program inserts users with plain SQL, and knows nothing of points.

Repair `0002`: who is there has 100 points, a new row without a value gets 100 from the database, NULL is refused.
`downgrade()` still takes the column away.
""",
    hints=(
        "Which of the two reaches the database: `default=` or `server_default=`? The statement in the error tells.",
        "A `server_default` is SQL, so it takes a string or `sa.text(...)`: no bare number.",
        "`sa.Column('points', sa.Integer(), nullable=False, server_default='100')`",
    ),
    file="0002_add_points.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0001", ADI_AND_JOHN),
            hidden="INSERT INTO users (id, username, email) VALUES (3, 'zoë', 'zoe@example.org'), (7, NULL, NULL);",
            requirements=(
                at_head(),
                not_null("users", "points"),
                values(
                    "SELECT id, points, typeof(points) FROM users ORDER BY id",
                    [(1, 100, "integer"), (2, 100, "integer"), (3, 100, "integer"), (7, 100, "integer")],
                    "everyone who was there has 100 points",
                    "SELECT id, points FROM users: which value did you write?",
                ),
                default("users", "points"),
                new_row_gets(
                    "INSERT INTO users (username) VALUES ('newcomer')",
                    "SELECT points, typeof(points) FROM users WHERE username = 'newcomer'",
                    [(100, "integer")],
                    "the old program's new row gets 100 points",
                    "INSERT INTO users (username) VALUES ('newcomer') is what it sends: who fills in the points?",
                ),
                rows_kept("users"),
                nothing_else("users: column points appeared"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "Everybody starts",
        "The colleague who",
        "Besides",
    ),
    solution="server_default",
)
