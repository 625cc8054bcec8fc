"""A backfill that an UPDATE trigger spoils, in a table whose rebuild drops the trigger."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    column,
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

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="The trigger that watches (this one has a trap)",
    text="""
A trigger, `users_touch`, writes the time of every change to `updated_at`. The newsletter goes to those whose
`updated_at` is older than a year, so a migration has no business touching it.

Write the migration that adds `login`, a String(50), NOT NULL, without a default: the `username` in lower case.
Afterwards each `updated_at` is what it was, **and** the trigger is still on duty. `downgrade()` takes the column away
again, and no more.
""",
    hints=(
        "Two things bite. The backfill is an UPDATE: what does the trigger do then? And a batch rebuild drops the "
        "table: what becomes of its triggers?",
        "Drop the trigger before the backfill. `SELECT sql FROM sqlite_schema WHERE name = 'users_touch'` is its text.",
        "Add nullable, `DROP TRIGGER`, UPDATE, tighten in batch mode, and `CREATE TRIGGER` last of all.",
    ),
    file="0002_add_login.py",
    scenes=(
        Scene(
            stage=start(
                FOLDER,
                "0001",
                "INSERT INTO users VALUES (1, 'Adi', '2024-02-29 12:00:00'), (2, 'john', '2025-01-31 08:30:00');",
            ),
            hidden="INSERT INTO users VALUES (3, 'ZOE', '2023-07-01 00:00:00'), (9, 'McFly', '1985-10-26 01:21:00');",
            requirements=(
                at_head(),
                column("users", "login", "VARCHAR(50)"),
                not_null("users", "login"),
                no_default("users", "login"),
                values(
                    "SELECT id, login FROM users ORDER BY id",
                    [(1, "adi"), (2, "john"), (3, "zoe"), (9, "mcfly")],
                    "each login is the username in lower case",
                    "SELECT username, login FROM users: lower(username) is the SQL for it.",
                ),
                rows_kept("users"),
                nothing_else("users: column login appeared"),
                *(
                    new_row_gets(
                        f"UPDATE users SET {column} = {column} || 'x'",
                        "SELECT count(*) FROM users WHERE julianday('now') - julianday(updated_at) < 1",
                        [(4,)],
                        f"the trigger is on duty: a change of {column} is noted, whoever's it is",
                        "Is the trigger made again after the rebuild, with its old text?",
                    )
                    for column in ("username", "login")
                ),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "A trigger",
        "The newsletter",
    ),
    solution="trigger_off_and_on",
)
