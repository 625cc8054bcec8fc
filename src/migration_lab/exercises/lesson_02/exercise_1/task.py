"""A migration that passes on an empty table, and must be made to pass on this full one."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    downgrade_restores_schema,
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
    title="It worked on my machine",
    text="""
`0002` passed all tests: their database was empty. On this one it dies.

Make it pass on **both**. `newsletter` is NOT NULL in the end, and nobody who is there has asked for one: false.
Whether new rows get a default is up to you. `downgrade()` still takes the column away.
""",
    hints=(
        "Run it as it stands and read the database's own words: whose value is missing?",
        "The rows that are there need a value at the moment the column comes. Which argument of `sa.Column` does "
        "the *database* see? Lesson 03 is all about it.",
        "Add `server_default=sa.false()` to the column. The string `'false'` is another thing: look at it with "
        "typeof().",
    ),
    file="0002_add_newsletter.py",
    scenes=(
        Scene(
            name="full table",
            stage=start(FOLDER, "0001", ADI_AND_JOHN),
            hidden="INSERT INTO users (id, username, email) VALUES (3, 'zoë', 'zoe@example.org'), (7, NULL, NULL);",
            requirements=(
                at_head(),
                not_null("users", "newsletter"),
                values(
                    "SELECT id, newsletter, typeof(newsletter) FROM users ORDER BY id",
                    [(1, 0, "integer"), (2, 0, "integer"), (3, 0, "integer"), (7, 0, "integer")],
                    "nobody who was there gets the newsletter: 0",
                    "SELECT newsletter, typeof(newsletter) FROM users: is it a number, and is it the one for false?",
                ),
                rows_kept("users"),
                nothing_else("users: column newsletter appeared"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
        Scene(
            name="empty table",
            stage=start(FOLDER, "0001", ""),
            hidden="",
            requirements=(
                at_head(),
                not_null("users", "newsletter"),
                nothing_else("users: column newsletter appeared"),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "`0002` passed",
        "their database",
        "On this one",
        "Whether new rows",
    ),
    solution="server_default",
)
