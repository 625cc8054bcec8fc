"""A column that may stay empty: the easiest migration there is."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    column,
    downgrade_restores_schema,
    nothing_else,
    own_database,
    rows_kept,
)
from migration_lab.exercises.start import start
from migration_lab.lessons import ADI_AND_JOHN

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="A column that may stay empty",
    text="""
The model has a new line: `display_name`, a String(80) that may be NULL.

Write the migration that adds it to the table, and a `downgrade()` that takes it away again. adi and john keep all
that they have.
""",
    hints=(
        "Open 0001 beside it: `upgrade()` and `downgrade()` call functions of `op`. Which one adds a column?",
        "`op.add_column(table, column)`, and the column is a `sa.Column(name, type, nullable=...)`.",
        "`op.add_column('users', sa.Column('display_name', sa.String(length=80), nullable=True))`, and "
        "`op.drop_column('users', 'display_name')` for the way back.",
    ),
    file="0002_add_display_name.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0001", ADI_AND_JOHN),
            hidden="INSERT INTO users (id, username, email) VALUES (3, 'zoë', 'zoe@example.org'), (7, NULL, NULL);",
            requirements=(
                at_head(),
                column("users", "display_name", "VARCHAR(80)", nullable=True),
                rows_kept("users"),
                nothing_else("users: column display_name appeared"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=("The model has a new line",),
    solution="add_column",
)
