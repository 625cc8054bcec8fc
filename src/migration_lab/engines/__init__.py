"""Which databases can be had here, and how to reach them; and where the course keeps its own."""

from migration_lab.engines.available import all_engines, default_engine, find_engine, installed_engines
from migration_lab.engines.course import VARIABLE as SCRATCH_VARIABLE
from migration_lab.engines.course import CourseError, ScratchError, course_folder, scratch_root
from migration_lab.engines.engine import MARK, Engine, url_text
from migration_lab.engines.files import SQLite
from migration_lab.engines.keeping import EngineError
from migration_lab.engines.own import ALLOWED as URL_ALLOWED_VARIABLE
from migration_lab.engines.own import VARIABLE as URL_VARIABLE
from migration_lab.engines.postgresql import program_folders as postgresql_programs
from migration_lab.engines.servers import Server, version_of
from migration_lab.engines.sqlite import has_native_set_not_null, sqlite_driver

__all__ = [
    "MARK",
    "SCRATCH_VARIABLE",
    "URL_ALLOWED_VARIABLE",
    "URL_VARIABLE",
    "CourseError",
    "Engine",
    "EngineError",
    "SQLite",
    "ScratchError",
    "Server",
    "all_engines",
    "course_folder",
    "default_engine",
    "find_engine",
    "has_native_set_not_null",
    "installed_engines",
    "postgresql_programs",
    "scratch_root",
    "sqlite_driver",
    "url_text",
    "version_of",
]
