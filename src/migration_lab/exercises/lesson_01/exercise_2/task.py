"""Two revisions on one parent: give the history one head again."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    column,
    nothing_else,
    own_database,
    rows_kept,
)
from migration_lab.exercises.start import start
from migration_lab.lessons import ADI_AND_JOHN

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="Two heads",
    text="""
You wrote `0002`, a colleague wrote `0003`, both on top of `0001`; git merged the files without a word. The database
is at `0002`, and `alembic upgrade head` says *Multiple head revisions are present*.

Give the history one head, so that `upgrade head` gets this database, and every other one at `0002`, the `country`
too, and a database at `0001` both columns. Change or add files in `migrations/versions`;
`command.history(task_2.config)` shows the tree.
""",
    hints=(
        "Each file names its parent in `down_revision`. Draw the tree: which of the two is applied already?",
        "What is applied already must not get a new parent: Alembic thinks that everything below it has run.",
        "In 0003, `down_revision = '0002'`. Or keep both, and write a 0004 whose `down_revision` is `('0002', "
        "'0003')`, as `alembic merge heads` does.",
    ),
    file="0003_add_country.py",
    scenes=(
        Scene(
            name="at 0002",
            stage=start(FOLDER, "0002", ADI_AND_JOHN),
            hidden="INSERT INTO users (id, username, bio) VALUES (3, 'zoë', 'draws bees'), (7, NULL, NULL);",
            requirements=(
                at_head(),
                column("users", "country", "VARCHAR(2)", nullable=True),
                column("users", "bio", "VARCHAR(200)", nullable=True),
                rows_kept("users"),
                nothing_else("users: column country appeared"),
                own_database(),
            ),
        ),
        Scene(
            name="at 0001",
            stage=start(FOLDER, "0001", ADI_AND_JOHN),
            hidden="INSERT INTO users (id, username) VALUES (3, 'zoë'), (7, NULL);",
            requirements=(
                at_head(),
                column("users", "country", "VARCHAR(2)", nullable=True),
                column("users", "bio", "VARCHAR(200)", nullable=True),
                rows_kept("users"),
                nothing_else("users: column bio appeared", "users: column country appeared"),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "You wrote",
        "git merged",
        "The database is at",
        "Change or add files",
        "`command.history",
    ),
    solution="one_line",
)
