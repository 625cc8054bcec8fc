"""The exercises: each a folder with its task, right answers and wrong ones; and the check that judges an attempt."""

from migration_lab.exercises.attempt import Attempt, open_exercise
from migration_lab.exercises.catalogue import NoSuchExercise, find, numbers
from migration_lab.exercises.definition import Exercise
from migration_lab.exercises.verdict import Finding, Outcome, Verdict

__all__ = [
    "Attempt",
    "Exercise",
    "Finding",
    "NoSuchExercise",
    "Outcome",
    "Verdict",
    "find",
    "numbers",
    "open_exercise",
]
