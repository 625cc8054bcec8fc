"""Two findings: one is meant, and one is a mistake."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import at_head, nothing_else, report_clean, rows_kept, values
from migration_lab.exercises.start import start

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="Explain a finding away",
    text="""
Everybody who doesn't pay gets the plan `free`. The report of the migration in the cell has two findings.

One is meant: `audit` gets a row for each user that is touched. Accept it in `baseline.json`, with a reason, and
nothing else. The other is a mistake: repair it, so that the report is clean.
""",
    hints=(
        "Rehearse it without a baseline first, and ask of each finding whether you would explain it to a colleague, or "
        "rather not.",
        "`plan <> 'paid'` is neither true nor false where the plan is NULL.",
        'An entry says which finding it means: `{"rule": "rows-appeared", "table": "audit", "reason": "..."}`.',
    ),
    file="0002_free_plan.py",
    scenes=(
        Scene(
            stage=start(
                FOLDER,
                "0001",
                """
                DROP TABLE users;
                CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, username VARCHAR(50), plan VARCHAR(10));
                CREATE TABLE audit (what TEXT);
                CREATE TRIGGER note_change AFTER UPDATE ON users BEGIN INSERT INTO audit VALUES (old.username); END;
                INSERT INTO users VALUES (1, 'adi', 'paid'), (2, 'john', 'trial'), (3, 'max', NULL);
                """,
            ),
            hidden="INSERT INTO users VALUES (4, 'zoë', NULL), (5, 'eve', 'trial'), (6, 'kim', 'paid');",
            requirements=(
                at_head(),
                values(
                    "SELECT id, plan FROM users ORDER BY id",
                    [(1, "paid"), (2, "free"), (3, "free"), (4, "free"), (5, "free"), (6, "paid")],
                    "who pays has kept the plan, and all others have 'free'",
                    "SELECT id, plan FROM users: who was passed over, or wasn't?",
                ),
                values(
                    "SELECT DISTINCT what FROM audit WHERE what IN ('john', 'max', 'zoë', 'eve') ORDER BY what",
                    [("eve",), ("john",), ("max",), ("zoë",)],
                    "the audit knows of everybody whose plan was changed",
                    "SELECT * FROM audit: is the trigger there while the UPDATE runs?",
                ),
                rows_kept("users", changing=("plan",)),
                nothing_else(),
                report_clean(accepting=[("rows-appeared", "audit")]),
            ),
        ),
    ),
    folder=FOLDER,
    situation=("The report of", "One is meant", "The other is a mistake"),
    solution="or_null",
)
