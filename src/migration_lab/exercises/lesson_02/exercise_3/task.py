"""A downgrade that nobody has ever run."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    column,
    default,
    downgrade_restores_schema,
    new_row_gets,
    no_default,
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
    title="The way back that nobody tried",
    text="""
`0002` goes up without a fuss, so it was shipped. Its `downgrade()` was copied from somewhere, and never run.

Here it costs nothing: upgrade, then `command.downgrade(task_3.config, "0001")`, and look. Repair it: after the
downgrade schema and rows are those of `0001`. The upgrade stays as it is.
""",
    hints=(
        "Run both ways and compare with a `show_diff`: what did 0001 have that is gone, what stayed?",
        "`downgrade()` undoes what `upgrade()` did, in the opposite order, and nothing else.",
        "Two calls of `op.drop_column`: first `newsletter`, then `city`. The e-mail addresses are none of its "
        "business.",
    ),
    file="0002_add_city_and_newsletter.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0001", ADI_AND_JOHN),
            hidden="INSERT INTO users (id, username, email) VALUES (3, 'zoë', 'zoe@example.org'), (7, NULL, NULL);",
            requirements=(
                at_head(),
                column("users", "city", "VARCHAR(80)", nullable=True),
                no_default("users", "city"),
                column("users", "newsletter", "BOOLEAN", "BOOL"),
                not_null("users", "newsletter"),
                values(
                    "SELECT id, city, newsletter FROM users ORDER BY id",
                    [(1, None, 0), (2, None, 0), (3, None, 0), (7, None, 0)],
                    "the upgrade still gives nobody a city, and nobody the newsletter",
                    "SELECT id, city, newsletter FROM users: the upgrade was right, what has become of it?",
                ),
                default("users", "newsletter"),
                new_row_gets(
                    "INSERT INTO users (username) VALUES ('newcomer')",
                    "SELECT newsletter FROM users WHERE username = 'newcomer'",
                    [(0,)],
                    "the upgrade still gives a new row the default false",
                    "Leave the upgrade as it was given: what is the server default of newsletter?",
                ),
                rows_kept("users"),
                nothing_else("users: column city appeared", "users: column newsletter appeared"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "`0002` goes up",
        "Its `downgrade()` was copied",
        "Here it costs nothing",
        "upgrade, then",
    ),
    solution="drop_column",
)
