"""Run migrations on a copy, in a process of their own and with a limit, and say what came of it."""

from migration_lab.rehearsal.copies import copy_project
from migration_lab.rehearsal.plan import Plan, Report, Step
from migration_lab.rehearsal.process import Rehearsals

__all__ = [
    "Plan",
    "Rehearsals",
    "Report",
    "Step",
    "copy_project",
]
