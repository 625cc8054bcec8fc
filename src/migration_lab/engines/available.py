"""All databases that the course knows, those that are missing here included."""

from __future__ import annotations

from dataclasses import replace

from migration_lab.engines.engine import Engine
from migration_lab.engines.files import SQLite
from migration_lab.engines.mariadb import MariaDB
from migration_lab.engines.own import Own, named_engine, own_engine
from migration_lab.engines.postgresql import PostgreSQL
from migration_lab.engines.sqlite import sqlite_driver

_SQLITE = (SQLite("sqlite", "sqlite", "sqlite3"), SQLite("sqlite-modern", "sqlite", "pysqlite3"))
_SERVERS = (
    PostgreSQL("postgresql", "postgresql", "pginstall18"),
    PostgreSQL("postgresql-16", "postgresql", "pginstall"),
    MariaDB("mariadb", "mysql"),
)


def all_engines() -> tuple[Engine, ...]:
    """Every engine. One that can't be had here says so in ``missing``."""
    return (*_SQLITE, *_SERVERS, named_engine())


def find_engine(key: str, *, allowed: bool = False) -> Engine:
    """The engine called ``key``, missing or not; or, where that is a SQLAlchemy URL, the one on that server.

    With ``allowed`` the course needn't ask before it makes its first database on a server of the learner's own. Raises
    ValueError, listing what there is, for another key; EngineError for a URL of another kind.
    """
    if "://" in key:
        return own_engine(key, allowed=allowed)
    if key == "url" and allowed and isinstance(engine := named_engine(), Own):
        return replace(engine, allowed=True)
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
