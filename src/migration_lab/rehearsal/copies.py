"""Copy a project without its databases, and point it to the copy of its database."""

from __future__ import annotations

import shutil
from pathlib import Path

_NOT_THE_PROJECT = shutil.ignore_patterns(
    "*.db", "*.db-*", ".migration-lab.json", "__pycache__", ".ipynb_checkpoints", ".venv", ".git"
)


def copy_project(folder: Path, target: Path) -> None:
    """Copy the files of an Alembic project to the new folder ``target``, without databases and what editors leave."""
    shutil.copytree(folder, target, ignore=_NOT_THE_PROJECT)
