"""A timestamp that the database fills in: refused as a plain ADD COLUMN."""

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
# A day and a time, as SQLAlchemy reads them back, and less than an hour from now.
JUST_NOW = "(joined_at GLOB '????-??-??[ T]??:??:??*' AND abs(julianday('now') - julianday(joined_at)) < 0.04)"

TASK = Exercise(
    title="A clock for a default",
    text="""
`joined_at` is a DateTime, NOT NULL. Nobody knows when adi and john joined, so they get the moment of the migration
(in UTC). Whoever comes later gets the moment of the insert, from the database.

Write the migration, with a `downgrade()` that takes the column away again. Lesson 3's
`server_default=sa.text("NOW()")` is worth a try, for its error.
""",
    hints=(
        "SQLite's clock is `CURRENT_TIMESTAMP`. A plain ADD COLUMN with it is refused. Why, and who may do more?",
        "A batch that adds the column builds the table anew, and may have such a default. Mind that a Python "
        "string is a *constant*: what does sa.text() change?",
        "`with op.batch_alter_table('users') as batch_op: batch_op.add_column(sa.Column('joined_at', "
        "sa.DateTime(), nullable=False, server_default=sa.text('CURRENT_TIMESTAMP')))`",
    ),
    file="0002_add_joined_at.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0001", ADI_AND_JOHN),
            hidden="INSERT INTO users (id, username, email) VALUES (3, 'zoë', 'zoe@example.org'), (7, NULL, NULL);",
            requirements=(
                at_head(),
                column("users", "joined_at", "DATETIME", "TIMESTAMP"),
                not_null("users", "joined_at"),
                values(
                    f"SELECT id FROM users WHERE {JUST_NOW} ORDER BY id",
                    [(1,), (2,), (3,), (7,)],
                    "everyone who was there has the moment of the migration",
                    "SELECT joined_at FROM users: is it a time at all, and in UTC?",
                ),
                default("users", "joined_at", computed=True),
                new_row_gets(
                    "INSERT INTO users (username) VALUES ('newcomer')",
                    f"SELECT {JUST_NOW} FROM users WHERE username = 'newcomer'",
                    [(1,)],
                    "a new row gets the moment of its insert",
                    "INSERT INTO users (username) VALUES ('newcomer'): what is its joined_at, and next year?",
                ),
                rows_kept("users"),
                nothing_else("users: column joined_at appeared"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=("Lesson 3's",),
    solution="batch",
)
