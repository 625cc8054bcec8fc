"""A downgrade that runs without an error, and takes everyone's rights away."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    column,
    downgrade_restores_schema,
    no_column,
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
    title="The downgrade is a migration, too",
    text="""
`0002` turns `is_admin` into a `role`, and does it well. At two in the morning someone downgrades: no error, and
nobody is an admin any more, those included who could have repaired it.

Repair `downgrade()`: it has the same problem as every migration of this course, a NOT NULL column for a table with
rows. Afterwards each `is_admin` is what it was, NOT NULL, without a default. Leave the upgrade as it is.
""",
    hints=(
        "Run upgrade and downgrade here and compare the rows. Which of the three ways gives each row its own value?",
        "`role` still knows who was an admin, until it is dropped. Add, fill, tighten; then drop.",
        "`UPDATE users SET is_admin = (role = 'admin')` between the nullable `add_column` and the batch with "
        "`alter_column('is_admin', nullable=False)`.",
    ),
    file="0002_roles.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0001", "INSERT INTO users VALUES (1, 'adi', 1), (2, 'john', 0);"),
            hidden="INSERT INTO users VALUES (3, 'zoë', 0), (4, 'eve', 1), (5, 'kim', 1);",
            requirements=(
                at_head(),
                column("users", "role", "VARCHAR(10)"),
                not_null("users", "role"),
                no_default("users", "role"),
                no_column("users", "is_admin"),
                values(
                    "SELECT id, role FROM users ORDER BY id",
                    [(1, "admin"), (2, "member"), (3, "member"), (4, "admin"), (5, "admin")],
                    "the upgrade still gives everyone their role",
                    "SELECT id, role FROM users: the upgrade was right, what has become of it?",
                ),
                rows_kept("users"),
                nothing_else("users: column is_admin vanished", "users: column role appeared"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "`0002` turns",
        "At two",
        "no error",
        "it has the same",
    ),
    solution="three_steps",
)
