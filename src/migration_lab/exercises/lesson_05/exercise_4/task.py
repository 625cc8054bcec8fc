"""NOT NULL on a UNIQUE column with several NULLs: no constant will do."""

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
    unique,
    values,
)
from migration_lab.exercises.start import start
from migration_lab.lessons import ADI_AND_JOHN

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="Everyone has an address",
    text="""
`email` is UNIQUE, and becomes NOT NULL. adi and john have none. They get a placeholder that no mail ever reaches:
`unknown-1@example.invalid`, with their own id for the number.

The addresses that exist stay, UNIQUE stays, no default comes. `downgrade()` lets NULL in again, and takes the
placeholders back out, and no other address.
""",
    hints=(
        "UNIQUE allows any number of NULLs, but an empty string only once. So the value has to differ from row to row.",
        "`sa.literal('unknown-') + sa.cast(users.c.id, sa.String) + '@example.invalid'` joins strings in each engine's "
        "way. Written by hand it is `||` on SQLite and PostgreSQL, which MariaDB reads as OR.",
        "UPDATE ... WHERE email IS NULL, then batch `alter_column('email', nullable=False)`. Back: the batch with "
        "`nullable=True`, then `SET email = NULL WHERE email LIKE 'unknown-%@example.invalid'`.",
    ),
    file="0002_require_email.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0001", ADI_AND_JOHN),
            hidden="""
                INSERT INTO users VALUES (3, 'zoë', 'zoe@example.org'), (7, NULL, NULL), (12, 'eve', 'EVE@example.org');
                INSERT INTO users VALUES (13, 'kim', 'kim@example.invalid'), (14, 'pat', 'unknown-pat@example.org');
            """,
            requirements=(
                at_head(),
                values(
                    "SELECT id, email FROM users ORDER BY id",
                    [
                        (1, "unknown-1@example.invalid"),
                        (2, "unknown-2@example.invalid"),
                        (3, "zoe@example.org"),
                        (7, "unknown-7@example.invalid"),
                        (12, "EVE@example.org"),
                        (13, "kim@example.invalid"),
                        (14, "unknown-pat@example.org"),
                    ],
                    "who had no address has a placeholder, and who had one has kept it",
                    "SELECT id, email FROM users: whose id is it, and whom must the UPDATE leave alone?",
                ),
                not_null("users", "email"),
                unique("users", "email"),
                no_default("users", "email"),
                rows_kept("users", changing=("email",)),
                nothing_else(),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=("adi and john have none",),
    solution="joined_in_sql",
)
