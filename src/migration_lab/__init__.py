"""The helpers of the course: they prepare, watch, check and draw. The migrations stay the learner's own."""

from migration_lab.lessons import CREATED, EMPTY, SEEDED, Lesson, Stage, open_lesson

__all__ = ["CREATED", "EMPTY", "SEEDED", "Lesson", "Stage", "open_lesson"]
