"""Find exercises by their numbers. The folders beside this file are the only list of them."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from migration_lab.exercises.definition import Exercise

_HERE = Path(__file__).parent


class NoSuchExercise(ValueError):
    """No exercise has that number. The message names those that there are."""


def numbers() -> tuple[str, ...]:
    """The numbers of all exercises in order, as in ``("01.1", "01.2", ...)``."""
    return tuple(
        f"{path.parent.parent.name.removeprefix('lesson_')}.{path.parent.name.removeprefix('exercise_')}"
        for path in sorted(_HERE.glob("lesson_??/exercise_?/task.py"))
    )


def find(number: str) -> Exercise:
    """The exercise of that number. Raises NoSuchExercise."""
    found = re.fullmatch(r"(\d\d)\.(\d)", number)
    if found is None or number not in numbers():
        raise NoSuchExercise(f"no exercise {number!r}: there are {', '.join(numbers())}")
    module = import_module(f"migration_lab.exercises.lesson_{found[1]}.exercise_{found[2]}.task")
    task: Exercise = module.TASK
    return task
