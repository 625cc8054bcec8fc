"""Which databases can be had here, and how to reach them."""

from migration_lab.engines.installed import Engine, default_engine, installed_engines
from migration_lab.engines.sqlite import has_native_set_not_null, sqlite_driver

__all__ = [
    "Engine",
    "default_engine",
    "has_native_set_not_null",
    "installed_engines",
    "sqlite_driver",
]
