"""An optional column becomes required, once its NULLs mean something."""

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
    values,
)
from migration_lab.exercises.start import start
from migration_lab.lessons import ADI_AND_JOHN

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="Later is now",
    text="""
`is_active` was left nullable, *to be tightened later*. The application has always read NULL as true, and john was
deactivated by hand.

Write the migration: every NULL becomes what it meant, no other value changes, the column becomes NOT NULL, no
default. `downgrade()` lets NULL in again; the values may stay.
""",
    hints=(
        "Fill first, tighten then: otherwise the database finds a NULL, and says so. Whom must the UPDATE leave alone?",
        "`sa.update(users).where(users.c.is_active.is_(None)).values(is_active=sa.true())`, with `users` a `sa.table`: "
        "without the `where`, john is back.",
        "Then `with op.batch_alter_table('users') as batch_op: batch_op.alter_column('is_active', "
        "existing_type=sa.Boolean(), nullable=False)`, and the same with `nullable=True` for the way back.",
    ),
    file="0003_require_is_active.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0002", ADI_AND_JOHN + "UPDATE users SET is_active = 0 WHERE id = 2;"),
            hidden="""
                INSERT INTO users (id, username, is_active) VALUES (3, 'zoë', NULL), (4, 'eve', 1), (5, 'kim', 0);
            """,
            requirements=(
                at_head(),
                values(
                    "SELECT id, is_active FROM users ORDER BY id",
                    [(1, 1), (2, 0), (3, 1), (4, 1), (5, 0)],
                    "each NULL has become 1, and nothing else has changed",
                    "SELECT id, username, is_active FROM users: john first.",
                ),
                not_null("users", "is_active"),
                no_default("users", "is_active"),
                rows_kept("users", changing=("is_active",)),
                nothing_else(),
                downgrade_restores_schema(values_may_differ=("is_active",)),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "`is_active` was",
        "The application",
        "the values may stay",
    ),
    solution="update_of_a_table",
)
