"""The name by which notebooks know what :mod:`migration_lab.engines` says of SQLite."""

from migration_lab.engines import has_native_set_not_null
from migration_lab.engines import sqlite_driver as driver

__all__ = ["driver", "has_native_set_not_null"]
