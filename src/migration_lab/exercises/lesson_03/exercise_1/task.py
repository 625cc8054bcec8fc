"""A flag whose server default stays: adi and john are no admins, nor is whoever comes next."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    column,
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
    title="A flag, with a default that stays",
    text="""
The model has a new line: `is_admin`, a Boolean, NOT NULL, with a server default of false.

Write the migration that brings it to the table. Nobody who is there is an admin, and a row that is inserted without
a value gets false from the database, today and next year. `downgrade()` takes the column away again.
""",
    hints=(
        "One `op.add_column` is enough: what do the rows that are there get, if you give the column a default?",
        "It is `server_default=`, not `default=`: the database has to know it. Which SQL is written for a *false*?",
        "`sa.Column('is_admin', sa.Boolean(), nullable=False, server_default=sa.false())`",
    ),
    file="0002_add_is_admin.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0001", ADI_AND_JOHN),
            hidden="INSERT INTO users (id, username, email) VALUES (3, 'zoë', 'zoe@example.org'), (7, NULL, NULL);",
            requirements=(
                at_head(),
                column("users", "is_admin", "BOOLEAN", "BOOL"),
                not_null("users", "is_admin"),
                values(
                    "SELECT id, is_admin, typeof(is_admin) FROM users ORDER BY id",
                    [(1, 0, "integer"), (2, 0, "integer"), (3, 0, "integer"), (7, 0, "integer")],
                    "every row that was there holds the number 0 in is_admin",
                    "SELECT is_admin, typeof(is_admin) FROM users: which default did you write, and is it a word?",
                ),
                default("users", "is_admin"),
                new_row_gets(
                    "INSERT INTO users (username) VALUES ('newcomer')",
                    "SELECT is_admin, typeof(is_admin) FROM users WHERE username = 'newcomer'",
                    [(0, "integer")],
                    "a new row without a value gets the number 0",
                    "What is the server default once the migration is through?",
                ),
                rows_kept("users"),
                nothing_else("users: column is_admin appeared"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=("The model has a new line",),
    solution="server_default",
)
