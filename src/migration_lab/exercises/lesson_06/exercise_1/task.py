"""An enum: three words, a CHECK that knows them, and a value for each row."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    accepts,
    at_head,
    downgrade_restores_schema,
    no_default,
    not_null,
    nothing_else,
    own_database,
    refuses,
    rows_kept,
    values,
)
from migration_lab.exercises.start import start

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="One of three words",
    text="""
`status` is one of `'new'`, `'active'`, `'banned'`: NOT NULL, no default, and the database refuses any other word.
Whoever is banned is `'banned'`; of the others, who never logged in is `'new'`, and the rest are `'active'`.

Write the migration, with a `downgrade()` that takes it all away again.
""",
    hints=(
        "Each row has its own value, so it is add, fill, tighten. And a CHECK has to come along: with the new column, "
        "or with the rebuild that tightens it.",
        "`CASE WHEN banned THEN ... WHEN last_login IS NULL THEN ... ELSE ... END`: the first WHEN that fits wins, "
        "so their order matters.",
        "In the batch that tightens: `batch_op.create_check_constraint('user_status', \"status IN ('new', "
        "'active', 'banned')\")`. A `sa.Enum` makes a CHECK only with `create_constraint=True`.",
    ),
    file="0002_add_status.py",
    scenes=(
        Scene(
            stage=start(
                FOLDER,
                "0001",
                "INSERT INTO users VALUES (1, 'adi', 0, '2025-06-01 10:00:00'), (2, 'john', 0, NULL);",
            ),
            hidden="""
                INSERT INTO users VALUES (3, 'zoë', 1, '2024-02-02 08:00:00'), (4, 'eve', 1, NULL), (5, 'kim', 0, NULL);
            """,
            requirements=(
                at_head(),
                not_null("users", "status"),
                no_default("users", "status"),
                values(
                    "SELECT id, status FROM users ORDER BY id",
                    [(1, "active"), (2, "new"), (3, "banned"), (4, "banned"), (5, "new")],
                    "everyone has the word that the rule gives them",
                    "SELECT id, banned, last_login, status FROM users: who is banned and never logged in?",
                ),
                refuses(
                    [
                        "UPDATE users SET status = 'sleeping'",
                        "UPDATE users SET status = 'odd'",
                        "UPDATE users SET status = 'NEW'",
                        "UPDATE users SET status = ''",
                        "INSERT INTO users (username, banned, status) VALUES ('newcomer', 0, 'sleeping')",
                    ],
                    "a fourth word is refused",
                    "Is there a CHECK, and of what? It comes with the new column or with the rebuild; an Enum has one "
                    "with create_constraint=True.",
                ),
                accepts(
                    "UPDATE users SET status = CASE id WHEN 1 THEN 'new' WHEN 2 THEN 'active' ELSE 'banned' END",
                    "each of the three words is accepted",
                    "Compare the words of the CHECK with those of the task.",
                ),
                rows_kept("users"),
                nothing_else("users: column status appeared", "users: trigger", "table"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(),
    solution="check_constraint",
)
