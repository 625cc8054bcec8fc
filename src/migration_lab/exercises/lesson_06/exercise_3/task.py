"""A number that is computed from the other rows of the table."""

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
    title="Your third order",
    text="""
`orders.number` is an Integer, NOT NULL, no default: 1 for a user's first order, 2 for the second, and so on, by
`placed_on` and, on the same day, by `id`. `(user_id, number)` together are UNIQUE.

Write the migration, with a `downgrade()` that takes constraint and column away again. Orders from the old shop were
imported last, so a high id isn't always late.
""",
    hints=(
        "Each row's value depends on the other rows of the same user. Look at the start: john's orders came in the "
        "wrong order.",
        "`row_number() OVER (PARTITION BY user_id ORDER BY placed_on, id)` is the number. An UPDATE can read it "
        "from a subquery, by id.",
        "Add nullable; `UPDATE orders SET number = (SELECT n FROM (SELECT id, row_number() OVER (...) AS n FROM "
        "orders) AS numbered WHERE numbered.id = orders.id)`; one batch to tighten and for "
        "`create_unique_constraint`.",
    ),
    file="0002_number_the_orders.py",
    scenes=(
        Scene(
            stage=start(
                FOLDER,
                "0001",
                """
                INSERT INTO users VALUES (1, 'adi'), (2, 'john');
                INSERT INTO orders VALUES (1, 1, '2025-01-10'), (2, 2, '2025-02-01'), (3, 1, '2025-03-03');
                INSERT INTO orders VALUES (4, 2, '2019-12-24');
                """,
            ),
            hidden="""
                INSERT INTO users VALUES (3, 'zoë'), (4, 'eve');
                INSERT INTO orders VALUES (5, 3, '2025-05-05'), (6, 3, '2025-05-05'), (7, 3, '2018-08-08');
                INSERT INTO orders VALUES (8, 1, '2024-06-30');
            """,
            requirements=(
                at_head(),
                values(
                    "SELECT id, number FROM orders ORDER BY id",
                    [(1, 2), (2, 2), (3, 3), (4, 1), (5, 2), (6, 3), (7, 1), (8, 1)],
                    "each order has its number among the orders of its user",
                    "SELECT user_id, placed_on, id, number FROM orders ORDER BY 1, 2, 3: does number count 1, 2, 3?",
                ),
                column("orders", "number", "INTEGER", "INT", "BIGINT", "SMALLINT"),
                not_null("orders", "number"),
                unique("orders", "user_id", "number"),
                no_default("orders", "number"),
                rows_kept("orders"),
                rows_kept("users"),
                nothing_else("orders: column number appeared"),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
    situation=("Orders from the old shop",),
    solution="counted_in_python",
)
