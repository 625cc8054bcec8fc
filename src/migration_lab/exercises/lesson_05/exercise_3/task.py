"""A rename that autogenerate took for a drop and an add."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    column,
    downgrade_restores_schema,
    no_column,
    nothing_else,
    own_database,
    rows_kept,
    values,
)
from migration_lab.exercises.start import start

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="Autogenerate knows no renames",
    text="""
In the model, `fullname` is called `display_name` now. Autogenerate saw one column gone and one new, and wrote that
into `0002`: it runs without an error, and throws every name away.

Repair it: each name is in `display_name` afterwards, a NULL stays a NULL, `fullname` is gone; and `downgrade()`,
which is as careless, brings the names back.
""",
    hints=(
        "Between the new column and the loss of the old one there is a moment when both are there.",
        "`UPDATE users SET display_name = fullname` fits into that moment. SQLite can also rename: which argument "
        "of `alter_column` is that, in batch mode?",
        "`batch_op.alter_column('fullname', new_column_name='display_name')`, and the other way round in "
        "`downgrade()`.",
    ),
    file="0002_rename_fullname.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0001", "INSERT INTO users VALUES (1, 'adi', 'Aditi Rao'), (2, 'john', NULL);"),
            hidden="INSERT INTO users VALUES (3, 'zoë', 'Zoë Ø''Hara'), (5, 'kim', ''), (9, 'eve', NULL);",
            requirements=(
                at_head(),
                column("users", "display_name", "VARCHAR(80)", nullable=True),
                no_column("users", "fullname"),
                values(
                    "SELECT id, display_name FROM users ORDER BY id",
                    [(1, "Aditi Rao"), (2, None), (3, "Zoë Ø'Hara"), (5, ""), (9, None)],
                    "each name has moved, each NULL and each empty string, too",
                    "SELECT id, display_name FROM users: when was the old column still there to be read?",
                ),
                rows_kept("users"),
                nothing_else("users: column fullname vanished", "users: column display_name appeared"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "In the model",
        "Autogenerate saw",
        "it runs without",
    ),
    solution="add_copy_drop",
)
