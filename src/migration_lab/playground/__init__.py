"""Add a NOT NULL column in any combination of engine, rows, type, strategy and value, and see what really happens."""

from migration_lab.playground.advice import ENGINES, TYPES, Need, advise
from migration_lab.playground.choices import ROWS, ColumnType, Scenario, Strategy, all_scenarios, find_engine, short
from migration_lab.playground.contents import Contents
from migration_lab.playground.matrix import Matrix, run_matrix
from migration_lab.playground.migrations import MigrationFile, write_migrations
from migration_lab.playground.running import Outcome, Run, Runs, open_runs
from migration_lab.playground.scratch import ScratchProject
from migration_lab.playground.trials import WayBack

__all__ = [
    "ENGINES",
    "ROWS",
    "TYPES",
    "ColumnType",
    "Contents",
    "Matrix",
    "MigrationFile",
    "Need",
    "Outcome",
    "Run",
    "Runs",
    "Scenario",
    "ScratchProject",
    "Strategy",
    "WayBack",
    "advise",
    "all_scenarios",
    "find_engine",
    "open_runs",
    "run_matrix",
    "short",
    "write_migrations",
]
