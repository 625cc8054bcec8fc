"""All databases that the course knows, those that are missing here included."""

from __future__ import annotations

from migration_lab.engines.engine import Engine
from migration_lab.engines.files import SQLite
from migration_lab.engines.postgresql import PostgreSQL
from migration_lab.engines.sqlite import sqlite_driver

_SQLITE = (SQLite("sqlite", "sqlite", "sqlite3"), SQLite("sqlite-modern", "sqlite", "pysqlite3"))
_SERVERS = (
    PostgreSQL("postgresql", "postgresql", "pginstall18"),
    PostgreSQL("postgresql-16", "postgresql", "pginstall"),
)


def all_engines() -> tuple[Engine, ...]:
    """Every engine. One that can't be had here says so in ``missing``."""
    return (*_SQLITE, *_SERVERS)


def find_engine(key: str) -> Engine:
    """The engine called ``key``, missing or not. Raises ValueError, listing what there is, for another key."""
    for engine in all_engines():
        if engine.key == key:
            return engine
    raise ValueError(f"no engine {key!r}: there is {', '.join(engine.key for engine in all_engines())}")


def installed_engines() -> tuple[SQLite, ...]:
    """The SQLites that can be used here: Python's own, and that of the package ``pysqlite3`` if importable."""
    return tuple(engine for engine in _SQLITE if not engine.missing)


def default_engine() -> SQLite:
    """The engine that the lessons use in this kernel.

    Raises what :func:`migration_lab.engines.sqlite.sqlite_driver` raises where the one asked for is missing.
    """
    driver = sqlite_driver().__name__.partition(".")[0]
    return next(engine for engine in _SQLITE if engine.driver == driver)
