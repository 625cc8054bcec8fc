"""A backfill that new rows keep outrunning."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.meanwhile import Meanwhile
from migration_lab.exercises.requirements import at_head, nobody_fails, nobody_waits, nothing_else, own_database, values
from migration_lab.exercises.start import start
from migration_lab.load import Client

FOLDER = Path(__file__).parent
USERS = 6_000
NEWCOMERS = """INSERT INTO users (username)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) SELECT :word || '-' || i FROM n"""

TASK = Exercise(
    title="The backfill that new rows outrun",
    text="""
The loop of `0002` was right in every test. In production it has been running since Monday: the old application adds
users without a `slug`, and faster than the loop fills them. The one that writes it itself comes only after the
migration.

Rewrite the loop, so that it ends while they keep coming. Chunks of 500 rows and the pause stay as they are.

- Each user who was there when it began has a slug, the `username` in lower case;
- whoever has one keeps it;
- nobody waits longer than 0.2 s (on a slow computer: 0.4 s).
""",
    hints=(
        "What does the loop wait for, and will it ever be so?",
        "Decide at the beginning what is yours: the highest id there is. What comes later isn't.",
        "`last = bind.execute(sa.text('SELECT max(id) FROM users')).scalar()`, and `id <= :last` in the chunks.",
    ),
    file="0002_fill_slug.py",
    scenes=(
        Scene(
            stage=start(
                FOLDER,
                "0001",
                f"""
                PRAGMA journal_mode = WAL;
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {USERS})
                INSERT INTO users (id, username) SELECT 2 * i, 'User ' || i FROM n;
                """,
            ),
            hidden="""
                INSERT INTO users (id, username, slug) VALUES (1, 'Zoe', 'zo'), (13001, 'Mia', NULL), (13003, 'X', 'y');
            """,
            meanwhile=Meanwhile(
                clients=(
                    Client("add", NEWCOMERS, 10),
                    Client("read", "SELECT id, username, slug FROM users WHERE id = :key", 20),
                ),
                keys=range(2, 2 * USERS + 1, 2),
                most=4.0,
            ),
            requirements=(
                at_head(),
                values(
                    "SELECT id, username, slug FROM users WHERE id <= 13003 AND "
                    "coalesce(slug, '') <> CASE id WHEN 1 THEN 'zo' WHEN 13003 THEN 'y' ELSE lower(username) END",
                    [],
                    "everyone who was there when it began has the right slug",
                    "SELECT id, username, slug FROM users: whose is missing, and whose is another one now?",
                ),
                nobody_waits(0.2, 0.5, "A commit and a pause after each chunk let the others in."),
                nobody_fails("What did they ask for that wasn't there?"),
                nothing_else(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=("The loop of", "In production", "the old application", "The one that", "Chunks of 500"),
    solution="highest_id",
)
