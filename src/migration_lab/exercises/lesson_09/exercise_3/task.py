"""A downgrade that stops half-way, and would lose all names if it didn't."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    column,
    downgrade_restores_schema,
    no_column,
    nothing_else,
    report_clean,
    rows_kept,
    unique,
)
from migration_lab.exercises.start import start

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="The way back",
    text="""
On its way up, this migration is well: `username` is called `login`, and is UNIQUE by an index. On its way back it is
not, as the report says. Repair `downgrade()` until **the report is clean**, and everything is as before, each name
included.
""",
    hints=(
        "Rehearse it, repair what it says, and rehearse again: a finding may hide behind another.",
        "A column can't be dropped while an index is on it. And when it can be dropped, look at the names.",
        "The downgrade undoes the upgrade from its end: first the index, then the new name.",
    ),
    file="0002_login.py",
    scenes=(
        Scene(
            stage=start(
                FOLDER,
                "0001",
                """
                DROP TABLE users;
                CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, username VARCHAR(50));
                INSERT INTO users VALUES (1, 'adi'), (2, 'john');
                """,
            ),
            hidden="INSERT INTO users VALUES (3, 'zoë'), (4, NULL);",
            requirements=(
                at_head(),
                column("users", "login", "VARCHAR(50)"),
                no_column("users", "username"),
                unique("users", "login"),
                rows_kept("users"),
                nothing_else("users: column username vanished", "users: column login appeared"),
                report_clean(),
                downgrade_restores_schema(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=("On its way back",),
    solution="renamed_back",
)
