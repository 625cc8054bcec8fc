"""Tighten a column in a table where batch mode loses three things without a word."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    accepts,
    at_head,
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
    title="The rebuild that forgets (this one has a trap)",
    text="""
This table is older than Alembic: an inline `UNIQUE`, an index on `lower(email)`, and a trigger that keeps adi from
being deleted. `team` has NULLs, which mean `'none'`.

Write the migration after which `team` is NOT NULL, with no default, each NULL a `'none'` and every other team what it
was. Nothing else may get lost: compare the schema before and after. A downgrade isn't asked for.
""",
    hints=(
        "Do it in batch mode first, restore, and compare: `show_diff(before, after)` with two snapshots, or the "
        "check. Three things are gone, and no error came.",
        "`table_args=(sa.UniqueConstraint('username'),)` tells the batch of a constraint that it can't see. What "
        "it drops with the table, you make again afterwards.",
        "UPDATE; batch with `table_args`; `CREATE INDEX users_by_email ...` if the rebuild lost it; `CREATE "
        "TRIGGER keep_adi ...`. `SELECT sql FROM sqlite_schema` has the texts.",
    ),
    file="0002_require_team.py",
    scenes=(
        Scene(
            stage=start(
                FOLDER,
                "0001",
                """
                INSERT INTO users VALUES (1, 'adi', 'Adi@example.org', NULL), (2, 'john', 'john@example.org', 'red');
                """,
            ),
            hidden="INSERT INTO users VALUES (3, 'zoë', NULL, NULL), (5, 'kim', 'KIM@example.org', 'blue');",
            requirements=(
                at_head(),
                values(
                    "SELECT id, team FROM users ORDER BY id",
                    [(1, "none"), (2, "red"), (3, "none"), (5, "blue")],
                    "each NULL has become 'none', and each team has stayed",
                    "SELECT id, team FROM users: whom must the UPDATE leave alone?",
                ),
                not_null("users", "team"),
                no_default("users", "team"),
                rows_kept("users", changing=("team",)),
                nothing_else(),
                refuses(
                    ["DELETE FROM users WHERE id = 1"],
                    "the trigger is on duty: adi can't be deleted",
                    "A rebuild drops the table, and its triggers with it: make it again, with its old text.",
                ),
                accepts(
                    "DELETE FROM users WHERE id > 1",
                    "the trigger keeps adi alone: everyone else can be deleted",
                    "Is the trigger made again with its old text, WHEN and all?",
                ),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "This table",
        "an inline",
        "`team` has",
        "compare the schema",
        "A downgrade",
    ),
    solution="batch_and_repair",
)
