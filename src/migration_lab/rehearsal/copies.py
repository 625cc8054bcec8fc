"""Copy a project without its databases, and a SQLite database as of one moment."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from types import ModuleType

from migration_lab.snapshot import open_read_only

_NOT_THE_PROJECT = shutil.ignore_patterns(
    "*.db", "*.db-*", ".migration-lab.json", "__pycache__", ".ipynb_checkpoints", ".venv", ".git"
)


def copy_project(folder: Path, target: Path) -> None:
    """Copy the files of an Alembic project to the new folder ``target``, without databases and what editors leave."""
    shutil.copytree(folder, target, ignore=_NOT_THE_PROJECT)


def copy_database(source: Path, target: Path, module: ModuleType) -> None:
    """Copy a SQLite file, also while others write, without what an open transaction has written.

    ``module`` is the driver, sqlite3 or pysqlite3. Raises its error where ``source`` is missing, locked or damaged.
    """
    with closing(open_read_only(source, module)) as reading, closing(module.connect(target)) as copy:
        # Reading first: where another connection is writing, a backup waits for ever.
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reading.backup(copy)
