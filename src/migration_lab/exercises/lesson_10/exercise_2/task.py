"""A model that lives with rows that have no value yet, and with a database that requires one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from migration_lab.deploy import APP, Environment
from migration_lab.exercises.definition import Deploy, Exercise, Scene
from migration_lab.exercises.verdict import Finding, not_yet, right

FOLDER = Path(__file__).parent
STEPS = ("alembic upgrade 0002", "deploy between", "alembic upgrade 0003", "alembic upgrade 0004")


def at_end(place: Environment) -> Iterator[Finding]:
    """Go back to rows without a value, and look at what is told of them."""
    if "between" not in place.serving:  # it couldn't be deployed, which is told already
        return
    place.step("alembic downgrade 0002")
    place.run("UPDATE users SET is_active = NULL")
    between = place.serving["between"]
    active = between.read("/users")
    if active and all(user["is_active"] is True for user in active):
        yield right("Rows without a value are active")
    else:
        yield not_yet("Rows without a value are not active", "What does NULL mean here, and who says so?")
    between.ask("POST", "/users/2/deactivate")
    john = [user["is_active"] for user in between.read("/users") or () if user["id"] == 2]
    if john == [False]:
        yield right("Who is deactivated stays so")
    else:
        yield not_yet("who is deactivated is active again", "POST /users/2/deactivate, then GET /users")


TASK = Exercise(
    title="The bridge",
    text="""
People call `before`; then 0002 comes, and `between` with your model, and at last NOT NULL and no default. `main.py`
of `between` is right, and stays as it is. Repair its model: no request fails at any step. A user without a value is
active, a new one gets `True` whatever the database has for a default, and who is deactivated stays so.
""",
    hints=(
        "Two things are missing: what the model writes, and what it makes of a NULL that it reads.",
        "`mapped_column(default=True)` is Python’s: it is in each INSERT. A `server_default` isn’t.",
        'A property `is_active` over a column attribute of another name, `mapped_column("is_active", ...)`; with a '
        "setter, since `main.py` sets it. Or a `TypeDecorator`.",
    ),
    file="models.py",
    inside="between",
    scenes=(
        Scene(
            replace(
                APP,
                files=(
                    *APP.files,
                    ("between/main.py", FOLDER / "start" / "main.py"),
                    ("between/models.py", FOLDER / "start" / "models.py"),
                ),
            ),
            "INSERT INTO users (id, username) VALUES (7, 'zoë'), (9, 'marty');",
            (),
        ),
    ),
    folder=FOLDER,
    situation=("People call `before`", "then 0002 comes", "`main.py` of", "Repair its model"),
    solution="property",
    deploy=Deploy(("before",), lambda folder: STEPS, at_end),
)
