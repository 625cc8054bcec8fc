"""A downgrade that nobody has ever run."""

from pathlib import Path

from migration_lab.exercises.definition import Exercise, Scene
from migration_lab.exercises.requirements import (
    at_head,
    column,
    downgrade_restores_schema,
    not_null,
    nothing_lost,
    own_database,
    rows_kept,
)
from migration_lab.exercises.start import start
from migration_lab.lessons import ADI_AND_JOHN

FOLDER = Path(__file__).parent

TASK = Exercise(
    title="The way back that nobody tried",
    text="""
`0002` goes up without a fuss, so it was shipped. Its `downgrade()` was copied from somewhere, and never run.

Rehearse it here, where it costs nothing: upgrade, then `command.downgrade(task_3.config, "0001")`, and look. Then
repair it: after the downgrade schema and rows are those of `0001`. The upgrade stays as it is.
""",
    hints=(
        "Run both ways and compare with a `show_diff`: what did 0001 have that is gone, what stayed?",
        "`downgrade()` undoes what `upgrade()` did, in the opposite order, and nothing else.",
        "Two calls of `op.drop_column`: first `newsletter`, then `city`. The e-mail addresses are none of its "
        "business.",
    ),
    file="0002_add_city_and_newsletter.py",
    scenes=(
        Scene(
            stage=start(FOLDER, "0001", ADI_AND_JOHN),
            hidden="INSERT INTO users (id, username, email) VALUES (3, 'zoë', 'zoe@example.org'), (7, NULL, NULL);",
            requirements=(
                at_head(),
                column("users", "city", "VARCHAR", nullable=True),
                not_null("users", "newsletter"),
                rows_kept("users"),
                nothing_lost(),
                downgrade_restores_schema(),
                own_database(),
            ),
        ),
    ),
    folder=FOLDER,
)
