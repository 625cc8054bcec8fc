"""One big UPDATE, taken apart until nobody notices it."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.meanwhile import Meanwhile
from migration_lab.exercises.requirements import (
    at_head,
    nobody_fails,
    nobody_waits,
    nothing_else,
    own_database,
    values,
)
from migration_lab.exercises.start import start
from migration_lab.load import Client

FOLDER = Path(__file__).parent
USERS, ORDERS = 10_000, 1_800

TASK = Exercise(
    title="Chunks with a lock budget",
    text="""
The one UPDATE of `0002` fills `spent`, and is right. On a million rows it takes a minute, in which nobody else can
write.

Rewrite it:

- for each user without a value, `spent` is the sum of the `amount` of their `orders`, 0 where there are none;
- whoever has a value keeps it, also when it was set a moment ago;
- meanwhile no customer waits longer than 0.2 s (on a slow computer: half of the time that the upgrade takes, but
  never 0.4 s), and none gets an error.
""",
    hints=(
        "Chunks of some 250 rows, a commit each, and a pause after each: who waits in SQLite tries again at moments "
        "of its own, and finds the door open only if it stays open for a while.",
        "`with op.get_context().autocommit_block():` makes each statement of `op.get_bind()` a transaction of its own.",
        "Find the chunk's last key first: `SELECT max(id) FROM (SELECT id FROM users WHERE id > :done ORDER BY id "
        "LIMIT 250)`. Then UPDATE that range `AND spent IS NULL`, and `time.sleep(0.03)`.",
    ),
    file="0002_fill_spent.py",
    scenes=(
        Scene(
            stage=start(
                FOLDER,
                "0001",
                f"""
                PRAGMA journal_mode = WAL;
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {USERS})
                INSERT INTO users (id, username) SELECT i, 'user' || i FROM n;
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ORDERS})
                INSERT INTO orders (id, username, amount) SELECT i, 'user' || (i * 7 % 5000 + 1), i % 90 FROM n;
                """,
            ),
            hidden="""
                INSERT INTO users (id, username, spent) VALUES (20000, 'zoe', 42), (20007, 'mia', NULL);
                INSERT INTO users (id, username, spent) VALUES (20011, 'a', 0);
                INSERT INTO orders (username, amount) VALUES ('zoe', 9), ('mia', 5), ('mia', 6), ('a', 3);
            """,
            meanwhile=Meanwhile(
                clients=(
                    Client("read", "SELECT id, spent FROM users WHERE id = :key", 10),
                    Client("set a value", "UPDATE users SET spent = 7777 WHERE id = :key", 25),
                ),
                keys=range(1, USERS + 1),
            ),
            requirements=(
                at_head(),
                values(
                    "SELECT users.id, users.username, spent, coalesce(total, 0) FROM users LEFT JOIN "
                    "(SELECT username, sum(amount) AS total FROM orders GROUP BY username) USING (username) "
                    "WHERE coalesce(spent, -1) NOT IN (7777, coalesce(total, 0)) AND id NOT IN (20000, 20011)",
                    [],
                    "everyone has the sum of their orders, or what a customer has set",
                    "SELECT id, spent FROM users WHERE spent IS NULL, and compare some sums by hand.",
                ),
                values(
                    "SELECT user_id, was, now FROM changes WHERE was IS NOT NULL AND now <> 7777",
                    [],
                    "whoever had a value keeps it",
                    "Between your look and your UPDATE somebody may have been there: let the UPDATE itself look.",
                ),
                nobody_waits(0.2, 0.5, "How many rows does one transaction change, and who gets in between two?"),
                nobody_fails("Was the table away for a moment?"),
                nothing_else(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=("The one UPDATE", "On a million", "Rewrite it"),
    solution="key_ranges",
)
