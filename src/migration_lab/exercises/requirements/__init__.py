"""The things that checks look at: small, shared by the exercises, each with words for both outcomes."""

from migration_lab.exercises.requirements.clients import gives_up, nobody_fails, nobody_waits, was_killed
from migration_lab.exercises.requirements.history import at_head, downgrade_restores_schema, own_database
from migration_lab.exercises.requirements.probes import accepts, foreign_key, new_row_gets, not_null, refuses, unique
from migration_lab.exercises.requirements.report import report_clean
from migration_lab.exercises.requirements.rows import nothing_else, rows_kept, values
from migration_lab.exercises.requirements.schema import column, default, no_column, no_default

__all__ = [
    "accepts",
    "at_head",
    "column",
    "default",
    "downgrade_restores_schema",
    "foreign_key",
    "gives_up",
    "new_row_gets",
    "no_column",
    "no_default",
    "nobody_fails",
    "nobody_waits",
    "not_null",
    "nothing_else",
    "own_database",
    "refuses",
    "report_clean",
    "rows_kept",
    "unique",
    "values",
    "was_killed",
]
