"""The databases that the playground can run on here, and all that is particular to one.

Another kind of database is another class with the same attributes and methods, listed by :func:`installed_engines`:
nothing outside this module knows that its database is a file of SQLite's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from migration_lab import sqlite
from migration_lab.snapshot import Snapshot, snapshot_file


@dataclass(frozen=True, slots=True)
class Engine:
    """A SQLite library. ``scheme`` is that of its URLs, ``name`` is for people: ``SQLite 3.40.1 (Python's own)``."""

    name: str
    scheme: str
    module: ModuleType = field(repr=False, compare=False)

    def url(self, folder: str) -> str:
        """The URL of the database in a project's folder, as ``alembic.ini`` wants it."""
        return f"{self.scheme}:///{folder}/app.db"

    def connect(self, project: Path) -> sa.Engine:
        """A SQLAlchemy engine on the database of a project. It keeps no connection open between two uses."""
        return sa.create_engine(self.url(project.as_posix()), poolclass=NullPool)

    def fill(self, project: Path, users: Sequence[tuple[int, str]]) -> None:
        """Put users into the table, each with its id and username, and without an email."""
        with closing(self.module.connect(project / "app.db")) as connection:
            connection.executemany("INSERT INTO users (id, username) VALUES (?, ?)", users)
            connection.commit()

    def snapshot(self, project: Path) -> Snapshot:
        """The database as it is now. Raises SnapshotError where there is none."""
        return snapshot_file(project / "app.db", module=self.module)

    def storage(self, value: sa.ColumnElement[object]) -> sa.ColumnElement[str]:
        """SQL for the type that one value is really stored as: SQLite decides it anew for each value."""
        return sa.func.typeof(value)


def installed_engines() -> tuple[Engine, ...]:
    """The engines that can be used here: Python's own SQLite, and that of the package ``pysqlite3`` if importable."""
    engines = [Engine(f"SQLite {sqlite3.sqlite_version} (Python’s own)", "sqlite", sqlite3)]
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        pass
    else:
        engines.append(Engine(f"SQLite {dbapi2.sqlite_version} (pysqlite3)", "sqlite+pysqlite3", dbapi2))
    return tuple(engines)


def default_engine() -> Engine:
    """The engine that the rest of the course uses in this kernel.

    Raises what :func:`migration_lab.sqlite.driver` raises where the one asked for is missing.
    """
    scheme = sqlite.url_scheme()
    return next(engine for engine in installed_engines() if engine.scheme == scheme)
