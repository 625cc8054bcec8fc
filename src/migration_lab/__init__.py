"""The helpers of the course: they prepare, watch, check and draw. The migrations stay the learner's own."""

from migration_lab.lesson import Lesson, open_lesson
from migration_lab.stage import CREATED, EMPTY, SEEDED, Stage

__all__ = ["CREATED", "EMPTY", "SEEDED", "Lesson", "Stage", "open_lesson"]
