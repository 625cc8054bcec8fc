"""An Alembic project seen from outside: history, statements, failures in plain words, and running it here."""

from migration_lab.migrations.alone import BusyError, alembic_alone, imports_restored
from migration_lab.migrations.config import project_config, set_option
from migration_lab.migrations.failure import Failure, explain
from migration_lab.migrations.history import History, read_history
from migration_lab.migrations.statements import Statement, record_statements, unrecorded

__all__ = [
    "BusyError",
    "Failure",
    "History",
    "Statement",
    "alembic_alone",
    "explain",
    "imports_restored",
    "project_config",
    "read_history",
    "record_statements",
    "set_option",
    "unrecorded",
]
