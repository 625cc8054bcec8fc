"""Six steps in the one order, or one of those, in which no request fails."""

import ast
from collections.abc import Iterator
from pathlib import Path

from migration_lab.deploy import APP, Environment
from migration_lab.exercises.definition import Deploy, Exercise, Scene
from migration_lab.exercises.verdict import Finding, not_yet, right

FOLDER = Path(__file__).parent
GIVEN = (FOLDER / "skeleton.py").read_text(encoding="utf-8")


def read_steps(text: str) -> list[str]:
    """The list ``STEPS`` of a file's text. Raises ValueError where none is written out in it."""
    for node in ast.parse(text, "steps.py").body:
        match node:
            case ast.Assign(targets=[ast.Name("STEPS")], value=ast.List(elements)):
                return [str(one.value) if isinstance(one, ast.Constant) else ast.unparse(one) for one in elements]
    raise ValueError("steps.py has no list STEPS = [...] with the six steps in it")


def steps(folder: Path) -> list[str]:
    """The learner's. Raises ValueError where they aren't the six."""
    found = read_steps((folder / "steps.py").read_text(encoding="utf-8"))
    if sorted(found) != sorted(read_steps(GIVEN)):
        raise ValueError("STEPS must hold the six steps, each once")
    return found


def at_end(place: Environment) -> Iterator[Finding]:
    """Whether the deploy has come to its end."""
    called = ", ".join(place.serving)
    if called == "after":
        yield right("In the end, after is called")
    else:
        yield not_yet(f"In the end, {called} is called", "Which version is to be the last?")


TASK = Exercise(
    title="Six steps",
    text="""
People call `before`, and the schema is at 0001. Put the six steps of `STEPS` into an order in which **no request
fails**, each step goes through, and `after` is called in the end.

A `deploy` takes the older version away once the new one is healthy; while it is going on, both are called.
""",
    hints=(
        "Find each step's needs in the lesson's matrix: what must the schema have, and who must be gone?",
        "`between` needs the column to be there. `after` needs a value in every row, and so does NOT NULL.",
        "The default goes last of the migrations: whoever leaves the column out of an INSERT must be gone by then.",
    ),
    file="steps.py",
    scenes=(Scene(APP, "INSERT INTO users (id, username) VALUES (7, 'zoë'), (9, 'marty');", ()),),
    folder=FOLDER,
    situation=("People call `before`", "A `deploy` takes", "while it is"),
    solution="as_in_the_lesson",
    inside="",
    deploy=Deploy(("before",), steps, at_end),
)
