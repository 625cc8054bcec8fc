"""The word 'true' in a Boolean column: repair the rows, and the default that makes more of them."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    default,
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
    title="The word 'true' (this one has a trap)",
    text="""
`0002` was written with `server_default="true"`, a string. Since then some rows hold the number 1 or 0, some the word
`'true'`, and a script has written `'false'`, too. `WHERE is_active = 1` misses half of them.

Write the migration after which every row holds 1 or 0 and means what it meant. A new row without a value gets the
number 1, NULL is still refused. There is nothing to undo, so `downgrade()` may stay empty.
""",
    hints=(
        "`SELECT id, is_active, typeof(is_active) FROM users` shows who is who. Repairing rows is one half: who "
        "makes new words every day?",
        "Two UPDATEs for the rows. For the default, batch mode: `alter_column('is_active', server_default=...)`.",
        "`UPDATE users SET is_active = 1 WHERE is_active = 'true'`, the same for `'false'` and 0, then "
        "`server_default=sa.true()` in `op.batch_alter_table`.",
    ),
    file="0003_repair_is_active.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0002", ADI_AND_JOHN + "UPDATE users SET is_active = 0 WHERE id = 2;"),
            hidden="""
                INSERT INTO users (id, username) VALUES (3, 'zoë');
                INSERT INTO users (id, username, is_active) VALUES (4, 'eve', 1), (5, 'kim', 'false');
                INSERT INTO users (id, is_active) VALUES (7, 'true');
            """,
            requirements=(
                at_head(),
                values(
                    "SELECT id, is_active, typeof(is_active) FROM users ORDER BY id",
                    [
                        (1, 1, "integer"),
                        (2, 0, "integer"),
                        (3, 1, "integer"),
                        (4, 1, "integer"),
                        (5, 0, "integer"),
                        (7, 1, "integer"),
                    ],
                    "each row holds the number for what it meant",
                    "SELECT is_active, typeof(is_active), count(*) FROM users GROUP BY 1, 2: four kinds, two numbers.",
                ),
                not_null("users", "is_active"),
                default("users", "is_active"),
                new_row_gets(
                    "INSERT INTO users (username) VALUES ('newcomer')",
                    "SELECT is_active, typeof(is_active) FROM users WHERE username = 'newcomer'",
                    [(1, "integer")],
                    "a new row without a value gets the number 1",
                    "The rows are one half. The server default is what makes new words.",
                ),
                rows_kept("users", changing=("is_active",)),
                nothing_else("users: column is_active changed: default"),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "`0002` was written",
        "Since then",
        "`WHERE is_active = 1`",
        "There is nothing to undo",
    ),
    solution="two_updates",
)
