"""Which SQLite the course runs on: Python's own, or the package named by ``MIGRATION_LAB_SQLITE``."""

from __future__ import annotations

import os
import sqlite3
from types import ModuleType
from typing import Any

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

VARIABLE = "MIGRATION_LAB_SQLITE"

# ALTER TABLE ... ALTER COLUMN ... SET NOT NULL came with SQLite 3.53 (measured: 3.40.1 refuses it, 3.53.4 does it).
NATIVE_SET_NOT_NULL = (3, 53)


class PySQLite3Dialect(SQLiteDialect_pysqlite):
    """``sqlite+pysqlite3://``: SQLAlchemy's own SQLite dialect on the ``pysqlite3`` package.

    Registered as an entry point, so that plain ``alembic`` in a terminal understands the same URL.
    """

    driver = "pysqlite3"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:
        """The DBAPI module to connect with."""
        from pysqlite3 import dbapi2

        return dbapi2


def sqlite_driver(name: str = "") -> ModuleType:
    """The DBAPI module ``name``, by default the one in use: ``sqlite3``, or what ``MIGRATION_LAB_SQLITE`` names.

    Raises ValueError for a name other than ``sqlite3`` and ``pysqlite3``, ImportError where the package is missing.
    """
    wanted = name or os.environ.get(VARIABLE, "") or "sqlite3"
    if wanted == "sqlite3":
        return sqlite3
    if wanted != "pysqlite3":
        raise ValueError(f"{VARIABLE} is {wanted!r}: set it to 'sqlite3' or 'pysqlite3', or unset it")
    try:
        from pysqlite3 import dbapi2
    except ImportError as error:
        raise ImportError(f"{VARIABLE}=pysqlite3, but that package is missing: pip install pysqlite3") from error
    module: ModuleType = dbapi2
    return module


def url_scheme() -> str:
    """The URL scheme of the driver in use: ``sqlite`` or ``sqlite+pysqlite3``."""
    return "sqlite" if sqlite_driver() is sqlite3 else "sqlite+pysqlite3"


def version() -> tuple[int, ...]:
    """The version of the SQLite library in use, as in ``(3, 40, 1)``."""
    return tuple(int(part) for part in sqlite_driver().sqlite_version.split("."))


def has_native_set_not_null() -> bool:
    """True where SQLite itself can make a column NOT NULL, without copying the table."""
    return version() >= NATIVE_SET_NOT_NULL
