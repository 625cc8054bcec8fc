"""NOT NULL and UNIQUE, from names that collide."""

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
    unique,
    values,
)
from migration_lab.exercises.start import start

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="A slug for everyone",
    text="""
`slug` is a String(60), NOT NULL **and** UNIQUE, without a default:

- the username in lower case, each space a `-`, so that `Ann Lee` becomes `ann-lee`;
- where several users get the same one, the lowest id keeps it;
- the others get `-2`, `-3` and so on, in the order of their ids. (No username here ends in a number.)

Write the migration, with a `downgrade()` that takes constraint and column away again.
""",
    hints=(
        "No default can be right: two rows would have it. Compute the slugs first, number those that are the same, "
        "and add the UNIQUE last.",
        "In SQL: `row_number() OVER (PARTITION BY lower(replace(username, ' ', '-')) ORDER BY id)`. In Python: a "
        "`Counter`, and the rows ordered by id.",
        "`op.add_column` nullable; the UPDATE, with `-n` appended where n > 1; then one batch with "
        "`alter_column(..., nullable=False)` and `create_unique_constraint('uq_users_slug', ['slug'])`.",
    ),
    file="0002_add_slug.py",
    scenes=(
        Scene(
            stage=start(
                FOLDER,
                "0001",
                "INSERT INTO users (id, username) VALUES (1, 'Ann Lee'), (2, 'john'), (3, 'ann lee');",
            ),
            hidden="INSERT INTO users (id, username) VALUES (4, 'ANN LEE'), (5, 'Mia van Dyk'), (9, 'John');",
            requirements=(
                at_head(),
                values(
                    "SELECT id, slug FROM users ORDER BY id",
                    [
                        (1, "ann-lee"),
                        (2, "john"),
                        (3, "ann-lee-2"),
                        (4, "ann-lee-3"),
                        (5, "mia-van-dyk"),
                        (9, "john-2"),
                    ],
                    "everyone has the slug that the rule gives them",
                    "SELECT id, username, slug FROM users ORDER BY slug: who collides, and in which order?",
                ),
                column("users", "slug", "VARCHAR(60)"),
                not_null("users", "slug"),
                unique("users", "slug"),
                no_default("users", "slug"),
                rows_kept("users"),
                nothing_else("users: column slug appeared"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=("(No username here",),
    solution="counted_in_python",
)
