"""SQLite: a database is a file in the project's folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa

from migration_lab.engines.engine import Engine
from migration_lab.engines.keeping import EngineError
from migration_lab.engines.sqlite import sqlite_driver

_LOCK_SECONDS = 0.5
_PAGES = 2_000


@dataclass(frozen=True)
class SQLite(Engine):
    """A SQLite library. ``driver`` is the package that it comes in: ``sqlite3`` or ``pysqlite3``."""

    driver: str

    @property
    def name(self) -> str:
        """``SQLite 3.40.1 (Python's own)``."""
        if self.driver == "sqlite3":
            return f"SQLite {sqlite3.sqlite_version} (Python’s own)"
        return f"SQLite {self.module.sqlite_version} (pysqlite3)" if not self.missing else "SQLite (pysqlite3)"

    @property
    def missing(self) -> str:
        """See Engine."""
        try:
            _ = self.module
        except ImportError:
            return "SQLite (pysqlite3) is missing: pip install pysqlite3"
        return ""

    @property
    def module(self) -> ModuleType:
        """The driver. Raises ImportError where it is missing."""
        return sqlite_driver(self.driver)

    @property
    def scheme(self) -> str:
        """That of its URLs."""
        return "sqlite" if self.driver == "sqlite3" else "sqlite+pysqlite3"

    def file_url(self, path: Path) -> sa.URL:
        """The URL of any file."""
        return sa.URL.create(self.scheme, database=path.as_posix())

    def url(self, folder: Path) -> sa.URL:
        """``app.db`` in the folder."""
        return self.file_url(folder / "app.db")

    def exists(self, url: sa.URL) -> bool:
        """See Engine."""
        return _path(url).is_file()

    def create(self, url: sa.URL) -> None:
        """See Engine. An empty file is an empty database."""
        self.drop(url)
        _path(url).touch()

    def copy(self, source: sa.URL, target: sa.URL, progress: Callable[[int, int], None] | None = None) -> None:
        """See Engine. Raises the driver's error where the source is locked or damaged.

        ``progress`` is told now and then how many pages are left, and of how many.
        """
        if not self.exists(source):
            raise EngineError(f"there is no database {_path(source)} to copy")
        self.drop(target)
        address = _path(source).absolute().as_uri()
        with (
            closing(self.module.connect(f"{address}?mode=ro", uri=True)) as reading,
            closing(self.module.connect(_path(target))) as copy,
        ):
            # Reading first: where another connection is writing, a backup waits for ever.
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if progress is None:
                reading.backup(copy)
            else:
                reading.backup(copy, pages=_PAGES, progress=lambda _, left, pages: progress(left, pages))

    def drop(self, url: sa.URL) -> None:
        """See Engine."""
        path = _path(url)
        for suffix in ("", "-journal", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)

    def run(self, url: sa.URL, script: str) -> None:
        """See Engine."""
        with closing(self.module.connect(_path(url))) as connection:
            connection.executescript(script)
            connection.commit()

    def in_transaction(self, url: sa.URL) -> bool:
        """See Engine."""
        if not self.exists(url):
            return False
        with closing(self.module.connect(_path(url), timeout=_LOCK_SECONDS)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except self.module.OperationalError:
                return True
            except self.module.DatabaseError:
                return False  # no database at all
            connection.rollback()
        return False

    def storage(self, value: sa.ColumnElement[object]) -> sa.ColumnElement[str]:
        """See Engine. SQLite decides it anew for each value."""
        return sa.func.typeof(value)


def _path(url: sa.URL) -> Path:
    return Path(url.database or "")
