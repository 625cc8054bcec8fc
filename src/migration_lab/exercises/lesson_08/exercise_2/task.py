"""An ALTER that gives up before the queue behind it grows, and tries again."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.meanwhile import Meanwhile
from migration_lab.exercises.requirements import (
    at_head,
    column,
    gives_up,
    nobody_fails,
    nobody_waits,
    nothing_else,
    own_database,
    values,
)
from migration_lab.exercises.start import start
from migration_lab.load import Client

FOLDER = Path(__file__).parent
READS = (Client("read", "SELECT id, username, email FROM users WHERE id = :key", 20),)

TASK = Exercise(
    title="An ALTER that gives up and tries again",
    text="""
A report has read `users`, and its transaction stays open: for a second, or all night. An ALTER must wait for its end,
and whoever comes to read stands behind the ALTER.

Write `0002`, which adds `note`, a String(100) that may be NULL:

- it waits for its lock a tenth of a second at a time, so that nobody waits longer than 0.4 s for it;
- it tries again until the report is through;
- it gives up after ten tries, with the database's own error.

(On SQLite, `PRAGMA busy_timeout = 100` does what `SET lock_timeout = '100ms'` does on PostgreSQL.)
""",
    hints=(
        "Without a word of yours, the driver waits 5 s for a lock, and holds the door shut meanwhile. Set the timeout "
        "on the migration's own connection: `op.get_bind().exec_driver_sql(...)`.",
        "A loop of ten tries around `op.add_column`. `sqlalchemy.exc.OperationalError` is what a try ends with; after "
        "it, `time.sleep(0.1)`, so that those who stand behind you can go first.",
        "In the tenth try don't catch it: `if attempt == 9: raise`.",
    ),
    file="0002_add_note.py",
    scenes=(
        Scene(
            name="the report ends",
            stage=start(FOLDER, "0001", "INSERT INTO users (id, username) VALUES (1, 'adi'), (2, 'john'), (3, 'zoë');"),
            hidden="INSERT INTO users (id, username, email) VALUES (9, 'eve', 'eve@example.org');",
            meanwhile=Meanwhile(clients=READS, keys=range(1, 4), reader=0.8),
            requirements=(
                at_head(),
                column("users", "note", "VARCHAR(100)", nullable=True),
                nobody_waits(0.4, 0.0, "How long does one try wait, and does it let the others go before the next?"),
                nobody_fails("Who is answered late is answered; who is told an error wasn't."),
                values(
                    "SELECT count(*) FROM users",
                    [(4,)],
                    "all rows are still there",
                    "An ALTER needs no rebuild here.",
                ),
                nothing_else("users: column note appeared"),
                own_database(),
            ),
        ),
        Scene(
            name="all night",
            stage=start(FOLDER, "0001", "INSERT INTO users (id, username) VALUES (1, 'adi'), (2, 'john');"),
            hidden="",
            meanwhile=Meanwhile(clients=READS, keys=range(1, 3), reader=60.0, most=4.0, gives_up=True),
            requirements=(gives_up("The last try's error is for whoever runs the migration: raise it again."),),
        ),
    ),
    folder=FOLDER,
    situation=("A report", "for a second", "An ALTER", "(On SQLite"),
    solution="busy_timeout",
)
