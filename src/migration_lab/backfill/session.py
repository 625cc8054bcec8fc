"""What a connection is set to while it fills, so that its chunks hold their locks no longer than they must."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from migration_lab.backfill.patience import with_patience


def has_log(connection: sa.Connection) -> bool:
    """Whether it is a SQLite with a write-ahead log."""
    if connection.dialect.name != "sqlite":
        return False
    # The first look at the file: somebody may have it for themselves just now.
    mode = with_patience(lambda: connection.exec_driver_sql("PRAGMA journal_mode").scalar_one(), time.sleep)
    return str(mode).lower() == "wal"


@contextlib.contextmanager
def quick_commits(connection: sa.Connection, lock_seconds: float) -> Iterator[None]:
    """In the ``with`` block, wait for a lock no longer than this, and for the disk not with locks in hand.

    By default PostgreSQL waits for ever for a row, MySQL and MariaDB 50 seconds (theirs are whole seconds), with the
    locks of other rows in hand; and a day for a table that somebody alters. On SQLite nothing is in hand meanwhile.

    Whether a chunk is on the disk when its locks are freed is no matter: what a crash of the machine takes from a
    backfill are its last commits, whole ones, and they are filled again (PostgreSQL's documentation, "Asynchronous
    Commit"; SQLite's, "PRAGMA synchronous": NORMAL with WAL). At the end of the block all of it is there.
    """
    changed = []
    for setting, value in _settings(connection, lock_seconds):
        changed.append((setting, connection.exec_driver_sql(setting.read).scalar_one()))
        connection.exec_driver_sql(setting.write.format(value)).close()
    try:
        yield
    finally:
        # The connection is gone, and its settings with it.
        with contextlib.suppress(sa.exc.DBAPIError, sa.exc.PendingRollbackError):
            for setting, before in changed:
                connection.exec_driver_sql(setting.write.format(before)).close()
            _bring_to_disk(connection)


@dataclass(frozen=True)
class _Setting:
    read: str
    write: str


def _settings(connection: sa.Connection, lock_seconds: float) -> list[tuple[_Setting, str]]:
    if connection.dialect.name == "postgresql":
        return [
            (_postgresql("lock_timeout"), f"{max(1, round(lock_seconds * 1000))}ms"),
            (_postgresql("synchronous_commit"), "off"),
        ]
    if connection.dialect.name in {"mysql", "mariadb"}:
        # MariaDB needn't wait at all: the pauses between ten tries are as long as on PostgreSQL. MySQL's least is 1.
        seconds = "0" if getattr(connection.dialect, "is_mariadb", False) else str(max(1, round(lock_seconds)))
        return [(_mysql(name), seconds) for name in ("innodb_lock_wait_timeout", "lock_wait_timeout")]
    if has_log(connection):
        # The log is brought into the file after each chunk, as part of the pause: at the end of a COMMIT, by default, a
        # chunk would seem to have held its lock for longer than it did ("Write-Ahead Logging", 2.3).
        return [(_pragma("wal_autocheckpoint"), "0"), (_pragma("synchronous"), "NORMAL")]
    return []


def _postgresql(name: str) -> _Setting:
    return _Setting(f"SHOW {name}", f"SET SESSION {name} = '{{}}'")


def _mysql(name: str) -> _Setting:
    return _Setting(f"SELECT @@SESSION.{name}", f"SET SESSION {name} = {{}}")


def _pragma(name: str) -> _Setting:
    return _Setting(f"PRAGMA {name}", f"PRAGMA {name} = {{}}")


def _bring_to_disk(connection: sa.Connection) -> None:
    """A commit that waits for the disk, and so for all those before it. SQLite's log is there already."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_logical_emit_message(true, 'backfill', 'filled')").close()
