"""The helpers of the course: they prepare, watch, check and draw. The migrations stay the learner's own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from migration_lab.lessons import CREATED, EMPTY, SEEDED, Lesson, Stage, open_lesson

__all__ = ["CREATED", "EMPTY", "SEEDED", "Lesson", "Stage", "open_lesson"]


def __getattr__(name: str) -> Any:
    """Import the lessons when they are asked for: the process that watches a database does without SQLAlchemy."""
    if name in __all__:
        return getattr(importlib.import_module("migration_lab.lessons"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """What isn't imported yet is there all the same: completion and the site's pages ask for it."""
    return sorted({*globals(), *__all__})
