"""A server default that has done its work, and must go."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    downgrade_restores_schema,
    no_default,
    not_null,
    nothing_else,
    own_database,
    rows_kept,
)
from migration_lab.exercises.start import start
from migration_lab.lessons import ADI_AND_JOHN

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="The default that overstayed",
    text="""
`0002` gave `plan` a server default of `'free'`, to get past the rows that were there. It is still there: whoever
forgets the plan sells it for nothing, in silence.

Write the migration that drops the default. `plan` stays NOT NULL, john's `'pro'` stays `'pro'`, and `downgrade()`
brings the default back.
""",
    hints=(
        "`op.alter_column('users', 'plan', server_default=None)` is the book's answer. What does SQLite say to it?",
        "SQLite can't change a default: the table has to be built anew, and `op.batch_alter_table` does it.",
        "`with op.batch_alter_table('users') as batch_op: batch_op.alter_column('plan', server_default=None)`; the "
        "way back is the same with `server_default='free'`.",
    ),
    file="0003_drop_plan_default.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0002", ADI_AND_JOHN + "UPDATE users SET plan = 'pro' WHERE id = 2;"),
            hidden="INSERT INTO users (id, username, plan) VALUES (3, 'zoë', 'team'), (7, NULL, 'free');",
            requirements=(
                at_head(),
                no_default("users", "plan"),
                not_null("users", "plan"),
                rows_kept("users"),
                nothing_else("users: column plan changed: default"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "`0002` gave",
        "It is still there",
        "whoever forgets",
    ),
    solution="batch",
)
