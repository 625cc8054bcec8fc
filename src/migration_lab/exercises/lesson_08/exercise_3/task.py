"""A backfill on a machine that may be switched off at any moment."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.meanwhile import Meanwhile
from migration_lab.exercises.requirements import (
    at_head,
    column,
    nobody_fails,
    nobody_waits,
    nothing_else,
    own_database,
    values,
    was_killed,
)
from migration_lab.exercises.start import start
from migration_lab.load import Client

FOLDER = Path(__file__).parent
USERS = 20_000

TASK = Exercise(
    title="Pull the plug",
    text="""
The machine that runs your migrations is rebooted whenever it likes.

Write `0002`, which adds `login`, a String(50) that may be NULL: the `username` in lower case. It works in chunks of
1,000 rows or so, a commit each and a short pause. Killed in the middle, it goes on at the next `upgrade head`:

- nobody is left out;
- what is done isn't done again, for a trigger notes each change of a user;
- whoever has chosen a login meanwhile keeps it;
- nobody waits longer than 0.2 s (on a slow computer: 0.4 s).
""",
    hints=(
        "What does the next run find? The version still says `0001`, the column is there, and some rows are done.",
        "Ask for the columns before you add one: `sa.inspect(op.get_bind()).get_columns('users')`. And let each "
        "UPDATE take only rows `WHERE login IS NULL`.",
        "Then nothing has to be remembered: the rows themselves say what is done. `with op.get_context()."
        "autocommit_block():` around the loop, `time.sleep(0.02)` in it.",
    ),
    file="0002_add_login.py",
    scenes=(
        Scene(
            stage=start(
                FOLDER,
                "0001",
                f"""
                PRAGMA journal_mode = WAL;
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {USERS})
                INSERT INTO users (id, username) SELECT i, 'User ' || i FROM n;
                """,
            ),
            hidden="INSERT INTO users (id, username) VALUES (30001, 'ZOE'), (30007, 'Mia'), (30011, 'eve');",
            meanwhile=Meanwhile(
                clients=(
                    Client("read", "SELECT id, username, email FROM users WHERE id = :key", 20),
                    Client("note a visit", "INSERT INTO changes (user_id, kind) VALUES (:key, 'visit')", 25),
                ),
                keys=range(1, USERS + 1),
                halfway=f"SELECT 1 WHERE (SELECT count(login) FROM users) BETWEEN 1 AND {USERS // 2}",
                then="""
                INSERT INTO changes (user_id, kind) SELECT id, 'wish' FROM users
                WHERE login IS NULL AND id IN (30001, 30011)
                OR id IN (SELECT id FROM users WHERE login IS NULL LIMIT 3);
                UPDATE users SET login = 'mine' WHERE id IN (SELECT user_id FROM changes WHERE kind = 'wish');
                INSERT INTO users (id, username) VALUES (40000, 'Late');
                DELETE FROM users WHERE id = (SELECT max(id) FROM users WHERE login IS NULL AND id < 30000);
                """,
            ),
            requirements=(
                at_head(),
                column("users", "login", "VARCHAR(50)", nullable=True),
                was_killed("Chunks, and a commit after each: op.get_context().autocommit_block()."),
                values(
                    "SELECT id, username, login FROM users WHERE coalesce(login, '') NOT IN (lower(username), 'mine')",
                    [],
                    "everyone has their login",
                    "SELECT * FROM users WHERE login IS NULL: where did the second run begin?",
                ),
                values(
                    "SELECT users.id, login FROM users JOIN changes ON user_id = users.id "
                    "WHERE kind = 'wish' AND login <> 'mine'",
                    [],
                    "whoever has chosen a login keeps it",
                    "Let the UPDATE itself look whether there is a login by now.",
                ),
                values(
                    "SELECT count(*) FROM (SELECT user_id FROM changes JOIN users ON users.id = user_id "
                    "WHERE kind = 'update' AND login <> 'mine' GROUP BY user_id HAVING count(*) > 1)",
                    [(0,)],
                    "nobody's login was written twice",
                    "SELECT user_id, count(*) FROM changes GROUP BY user_id: the second run must see what is done.",
                ),
                nobody_waits(0.2, 0.5, "Commit first, and pause then: the lock is held until the commit."),
                nobody_fails("What did they ask for that wasn't there?"),
                nothing_else("users: column login appeared"),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=("The machine",),
    solution="rows_tell",
)
