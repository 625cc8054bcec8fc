"""The exercises: each a folder with its task, right answers and wrong ones; and the check that judges an attempt."""

from migration_lab.exercises.catalogue import NoSuchExercise, find, numbers
from migration_lab.exercises.definition import Exercise
from migration_lab.exercises.judging import LIMIT, judge
from migration_lab.exercises.verdict import Finding, Outcome, Verdict

__all__ = [
    "LIMIT",
    "Exercise",
    "Finding",
    "NoSuchExercise",
    "Outcome",
    "Verdict",
    "find",
    "judge",
    "numbers",
]
