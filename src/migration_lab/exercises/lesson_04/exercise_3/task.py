"""A migration that stopped half-way: make it finish from there, and from the beginning."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
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
    title="Half a migration (this one has a trap)",
    text="""
Somebody pulled the plug in the middle of `0002`. The column is there, the version still says `0001`, and the
application went on meanwhile: john was deactivated. The retry dies of *duplicate column name*.

There are a dozen such servers, and some that never began. Rewrite `0002` so that one `upgrade head` finishes on
**both** kinds: `is_active` is NOT NULL, without a default, 1 for everyone who has no value yet, and what is there
stays.
""",
    hints=(
        "Look before you leap: the migration can ask which columns there are. And look at the list of tables, too: "
        "the plug was pulled during the rebuild.",
        "`[column['name'] for column in sa.inspect(op.get_bind()).get_columns('users')]` are the columns. Dropping "
        "the column and starting afresh would reactivate john.",
        "Add the column only if it isn't there, `DROP TABLE IF EXISTS _alembic_tmp_users`, UPDATE ... WHERE "
        "is_active IS NULL, tighten.",
    ),
    file="0002_add_is_active.py",
    scenes=(
        Scene(
            name="half-way",
            stage=start(
                FOLDER,
                "0001",
                ADI_AND_JOHN
                + """
                ALTER TABLE users ADD COLUMN is_active BOOLEAN;
                UPDATE users SET is_active = 0 WHERE username = 'john';
                CREATE TABLE _alembic_tmp_users (id INTEGER NOT NULL, username VARCHAR(50), is_active BOOLEAN NOT NULL);
                """,
            ),
            hidden="""
                INSERT INTO users (id, username, is_active) VALUES (3, 'zoë', NULL), (4, 'eve', 1), (5, 'kim', 0);
            """,
            requirements=(
                at_head(),
                not_null("users", "is_active"),
                no_default("users", "is_active"),
                values(
                    "SELECT id, is_active FROM users ORDER BY id",
                    [(1, 1), (2, 0), (3, 1), (4, 1), (5, 0)],
                    "who had no value has 1, and who had one has kept it",
                    "SELECT id, username, is_active FROM users: compare with the start, john first.",
                ),
                rows_kept("users", changing=("is_active",)),
                nothing_else("table _alembic_tmp_users vanished"),
                own_database(),
            ),
        ),
        Scene(
            name="not begun",
            stage=start(FOLDER, "0001", ADI_AND_JOHN),
            hidden="INSERT INTO users (id, username, email) VALUES (3, 'zoë', 'zoe@example.org'), (7, NULL, NULL);",
            requirements=(
                at_head(),
                not_null("users", "is_active"),
                values(
                    "SELECT id, is_active FROM users ORDER BY id",
                    [(1, 1), (2, 1), (3, 1), (7, 1)],
                    "everyone has 1",
                    "The servers that never began need the column, too.",
                ),
                no_default("users", "is_active"),
                rows_kept("users"),
                nothing_else("users: column is_active appeared"),
            ),
        ),
    ),
    folder=FOLDER,
    situation=(
        "Somebody pulled",
        "The column is there",
        "john was",
        "The retry",
        "There are a dozen",
    ),
    solution="inspector",
)
