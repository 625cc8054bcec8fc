"""The databases that can be had here, and all that is particular to one.

Another kind of database is another class with the same attributes and methods, listed by :func:`installed_engines`.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from migration_lab.engines.sqlite import url_scheme


@dataclass(frozen=True, slots=True)
class Engine:
    """A SQLite library. ``scheme`` is that of its URLs, ``name`` is for people: ``SQLite 3.40.1 (Python's own)``."""

    name: str
    scheme: str
    module: ModuleType = field(repr=False, compare=False)

    @property
    def driver(self) -> str:
        """The name of the package that it comes in: ``sqlite3`` or ``pysqlite3``."""
        return self.module.__name__.partition(".")[0]

    def connect(self, database: Path) -> sa.Engine:
        """A SQLAlchemy engine on a database file. It keeps no connection open between two uses."""
        return sa.create_engine(f"{self.scheme}:///{database.as_posix()}", poolclass=NullPool)

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
    """The engine that the lessons use in this kernel.

    Raises what :func:`migration_lab.engines.sqlite.sqlite_driver` raises where the one asked for is missing.
    """
    scheme = url_scheme()
    return next(engine for engine in installed_engines() if engine.scheme == scheme)
