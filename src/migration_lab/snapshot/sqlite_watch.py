"""Watch a SQLite file.

``PRAGMA data_version`` moves when another connection commits (documentation of SQLite, "PRAGMA data_version").
"""

from __future__ import annotations

import contextlib
import importlib
import os
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from migration_lab.snapshot.sqlite import RememberedSchema, open_read_only, read_sqlite
from migration_lab.snapshot.values import Snapshot
from migration_lab.snapshot.watch import COUNT_LIMIT, Locked, Missing, Unreadable


@dataclass(frozen=True, slots=True)
class SQLiteFile:
    """A database file, and the name of the DBAPI module to read it with."""

    path: Path
    driver: str = "sqlite3"

    def watch(self) -> SQLiteWatch:
        """A new watch on the file."""
        return SQLiteWatch(self.path, importlib.import_module(self.driver))

    def changed(self) -> int:
        """When the file, or its write-ahead log, was last written or put there; 0 where there is none."""
        latest = 0
        for path in (self.path, self.path.with_name(f"{self.path.name}-wal")):
            with contextlib.suppress(OSError):
                about = path.stat()
                if about.st_size:  # a reader, too, may make an empty write-ahead log
                    latest = max(latest, file_changed(about))
        return latest


class SQLiteWatch:
    """A connection to the file, opened when it is needed, and opened anew when another file takes its place."""

    pause = 0.0

    def __init__(self, path: Path, module: ModuleType) -> None:
        self._path = path
        self._module = module
        self._connection: Any = None
        self._identity: tuple[int, int] | None = None
        self._data_version = -1
        self._schema = RememberedSchema()

    def look(self) -> Snapshot | None:
        """The database as it is now, None where it hasn't moved since the last snapshot."""
        try:
            about = self._path.stat()
        except OSError:
            self.let_go()
            raise Missing from None
        try:
            if self._connection is None or self._identity != (about.st_dev, about.st_ino):
                self.let_go()
                self._connection = open_read_only(self._path, self._module)
                self._identity = (about.st_dev, about.st_ino)
            data_version = self._connection.execute("PRAGMA data_version").fetchone()[0]
            if data_version == self._data_version:
                return None
            snapshot = read_sqlite(self._connection, count_limit=COUNT_LIMIT, remembered=self._schema)
        except self._module.Error as error:
            if "locked" in str(error):
                raise Locked from error
            self.let_go()
            raise Unreadable(str(error)) from error
        self._data_version = data_version
        return snapshot

    def let_go(self) -> None:
        """Close the file, which Windows would otherwise not let be moved or deleted."""
        if self._connection is not None:
            with contextlib.suppress(self._module.Error):
                self._connection.close()
        self._connection, self._identity, self._data_version = None, None, -1
        self._schema = RememberedSchema()


def file_changed(about: os.stat_result) -> int:
    """When a file was written, or put where it is: a copy may have kept the time of its original."""
    return max(about.st_mtime_ns, about.st_ctime_ns)
