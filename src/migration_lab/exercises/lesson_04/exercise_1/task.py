"""A timestamp with each row's own value, from another table."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    column,
    downgrade_restores_schema,
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
    title="To each their own time",
    text="""
`last_seen_at` is a DateTime, NOT NULL, without a default: the time of the user's **latest** row in `logins`. Whoever
has never logged in was last seen when they registered.

Write the migration, with a `downgrade()` that takes the column away again.
""",
    hints=(
        "No constant is right for two rows, so `server_default` is out. The UPDATE in the middle has all the work: "
        "it may look at other tables.",
        "`UPDATE users SET last_seen_at = (SELECT ... FROM logins WHERE logins.user_id = users.id)`. What is the "
        "SELECT worth for someone without a login?",
        "`coalesce((SELECT max(at) FROM logins WHERE logins.user_id = users.id), registered_at)`, then batch mode "
        "with `nullable=False`.",
    ),
    file="0002_add_last_seen_at.py",
    scenes=(
        Scene(
            stage=start(
                FOLDER,
                "0001",
                """
                INSERT INTO users VALUES (1, 'adi', '2024-01-01 09:00:00'), (2, 'john', '2024-03-05 10:00:00');
                INSERT INTO logins VALUES (1, 1, '2024-01-02 09:00:00'), (2, 1, '2025-05-01 18:30:00');
                """,
            ),
            hidden="""
                INSERT INTO users VALUES (3, 'zoë', '2023-07-01 00:00:00'), (9, 'marty', '1985-10-26 01:20:00');
                INSERT INTO logins VALUES (3, 3, '2025-12-24 20:00:00'), (4, 3, '2024-12-24 20:00:00');
            """,
            requirements=(
                at_head(),
                column("users", "last_seen_at", "DATETIME", "TIMESTAMP"),
                not_null("users", "last_seen_at"),
                no_default("users", "last_seen_at"),
                values(
                    "SELECT id, substr(last_seen_at, 1, 19) FROM users ORDER BY id",
                    [
                        (1, "2025-05-01 18:30:00"),
                        (2, "2024-03-05 10:00:00"),
                        (3, "2025-12-24 20:00:00"),
                        (9, "1985-10-26 01:20:00"),
                    ],
                    "everyone has the time of their own latest login, or of registering",
                    "SELECT * FROM logins ORDER BY user_id, at: which login is the latest, and who has none?",
                ),
                rows_kept("users"),
                rows_kept("logins"),
                nothing_else("users: column last_seen_at appeared"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(),
    solution="subquery",
)
