"""A migration that must go out between two steps of a deploy that is under way."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from migration_lab.deploy import APP, Environment
from migration_lab.exercises.definition import Deploy, Exercise, Scene
from migration_lab.exercises.verdict import Finding, not_yet, right
from migration_lab.migrations import read_history

FOLDER = Path(__file__).parent
STEPS = ("alembic upgrade hotfix", "backfill", "alembic upgrade 0003", "deploy after", "alembic upgrade head")


def at_end(place: Environment) -> Iterator[Finding]:
    """Look at what the hotfix brought, and at what it came with."""
    users = place.snapshot().tables["users"]
    column = users.column("is_admin")
    if column is None:
        yield not_yet("users has no column is_admin", "Does the hotfix add it?")
        return
    if not column.type.upper().startswith("BOOL"):
        yield not_yet(f"users.is_admin is of type {column.type or 'none'}, not BOOLEAN", "sa.Boolean()")
    if column.nullable:
        yield not_yet("users.is_admin allows NULL", "nullable=False")
    else:
        yield right("users.is_admin is NOT NULL")
    place_of_it = [one.name for one in users.columns].index("is_admin")
    if all(row.cells[place_of_it].text in ("0", "false") for row in users.page.rows):
        yield right("Everybody's is_admin is false")
    else:
        yield not_yet("Not everybody's is_admin is false", "SELECT id, is_admin FROM users")
    history = read_history(place.folder / "migrations" / "versions")
    if "0003" in history.applied(("hotfix",)):
        yield not_yet("0003 went out with it", "Which revision does the hotfix follow?")
    else:
        yield right("The hotfix follows 0002, and nothing else goes out with it")


TASK = Exercise(
    title="A hotfix between two steps",
    text="""
The schema is at 0002, `before` and `between` are both being called, and 0003 and 0004 are in your folder already.
Now security wants `is_admin`, a Boolean, NOT NULL, false for everybody, today: as revision `hotfix`. Both versions
know nothing of it, and no request of theirs fails. 0003 and 0004 must not go out with it; later, `alembic upgrade head`
brings the rest.
""",
    hints=(
        "`before` and `between` don’t name the new column in an INSERT. Who fills it in?",
        "After `hotfix`, two revisions follow 0002: `alembic heads`. `upgrade head` wants one.",
        "`server_default=sa.false()`, which stays. And the `down_revision` in 0003’s file: nobody has run it yet, so "
        "it may still follow another one.",
    ),
    file="hotfix_add_is_admin.py",
    scenes=(
        Scene(
            replace(APP, revision="0002"),
            "INSERT INTO users (id, username) VALUES (7, 'zoë'), (9, 'marty');",
            (),
        ),
    ),
    folder=FOLDER,
    situation=("The schema is at", "Now security wants"),
    solution="put_in_between",
    deploy=Deploy(("before", "between"), lambda folder: STEPS, at_end),
)
