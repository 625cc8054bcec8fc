"""A migration that upgrades without an error, and loses three things: make its report clean."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import at_head, not_null, nothing_else, report_clean, rows_kept, values
from migration_lab.exercises.start import start

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="Make the report clean",
    text="""
The migration in the cell upgrades without an error, and its report has findings. Repair it until **the report is
clean**, up and down: `email` is NOT NULL, whoever has none gets `''`, and what is there stays.
""",
    hints=(
        "Rehearse it, and read each *What helps*. All three were lost because batch mode made the table anew from what "
        "SQLAlchemy sees of it.",
        "`table_args` for the UNIQUE, `table_kwargs` for AUTOINCREMENT, and the trigger is made again after the batch.",
        "The downgrade is a rebuild, too: it loses the same things, but a UNIQUE that has a name by now. Or rebuild "
        "nothing: `import migration_lab.operations`, then `op.set_not_null` and `op.drop_not_null`.",
    ),
    file="0002_tighten_email.py",
    scenes=(
        Scene(
            stage=start(
                FOLDER,
                "0001",
                """
                DROP TABLE users;
                CREATE TABLE users (
                    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
                    username VARCHAR(50) UNIQUE,
                    email VARCHAR(100)
                );
                CREATE TABLE log (what TEXT);
                CREATE TRIGGER note_leaving AFTER DELETE ON users BEGIN INSERT INTO log VALUES (old.username); END;
                INSERT INTO users VALUES (1, 'adi', 'adi@example.org'), (2, 'john', NULL);
                """,
            ),
            hidden="INSERT INTO users VALUES (3, 'zoë', NULL), (7, 'eve', 'eve@example.org');",
            requirements=(
                at_head(),
                not_null("users", "email"),
                values(
                    "SELECT id, email FROM users WHERE id IN (1, 2, 3, 7) ORDER BY id",
                    [(1, "adi@example.org"), (2, ""), (3, ""), (7, "eve@example.org")],
                    "who had no email has '', and who had one has kept it",
                    "SELECT id, email FROM users: which UPDATE touches which rows?",
                ),
                rows_kept("users", changing=("email",)),
                nothing_else(),
                report_clean(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=("The migration in the cell",),
    solution="in_batch",
)
