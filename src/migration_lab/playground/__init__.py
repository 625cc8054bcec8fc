"""Add a NOT NULL column in any combination of engine, rows, type, strategy and value, and see what really happens."""

from migration_lab.playground.alone import BusyError
from migration_lab.playground.choices import ROWS, ColumnType, Scenario, Strategy, all_scenarios, find_engine
from migration_lab.playground.engines import Engine, default_engine, installed_engines
from migration_lab.playground.matrix import Matrix, run_matrix
from migration_lab.playground.migrations import MigrationFile, write_migrations
from migration_lab.playground.running import Outcome, Run, prepare, run, run_apart

__all__ = [
    "ROWS",
    "BusyError",
    "ColumnType",
    "Engine",
    "Matrix",
    "MigrationFile",
    "Outcome",
    "Run",
    "Scenario",
    "Strategy",
    "all_scenarios",
    "default_engine",
    "find_engine",
    "installed_engines",
    "prepare",
    "run",
    "run_apart",
    "run_matrix",
    "write_migrations",
]
