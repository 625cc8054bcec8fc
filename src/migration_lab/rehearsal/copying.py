"""Two copies of the database that a rehearsal is about: one to migrate, one that stays as it was, to compare with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

from migration_lab.engines import EngineError, SQLite, find_engine
from migration_lab.rehearsal.copied import Copies, Progress, megabytes
from migration_lab.rehearsal.copying_servers import server_copies
from migration_lab.rehearsal.report import RehearsalError
from migration_lab.rehearsal.rows_sqlite import SQLiteComparison

_PATIENCE = 5.0  # seconds for another's lock on the source
# The copy, the one to compare with, and a table that a migration builds beside the old one.
_TIMES = 3
_ROOM = "make room, or name a folder on another disk in TMPDIR"


@contextmanager
def copies_of(source: sa.URL, folder: Path, progress: Progress, *, keep: bool = False) -> Iterator[Copies]:
    """Copies in ``folder``, or on the source's server, which are gone at the end of the ``with`` block unless kept.

    Raises RehearsalError, with nothing left behind, where the source can't be copied. It is opened to be read alone.
    """
    match source.get_backend_name():
        case "sqlite":
            yield _copy_file(source, folder, progress)
        case "postgresql" | "mysql" | "mariadb":
            with server_copies(source, folder, progress, keep=keep) as copies:
                yield copies
        case name:
            raise RehearsalError(f"A rehearsal knows SQLite, PostgreSQL, MariaDB and MySQL, and no {name}.")


def _copy_file(source: sa.URL, folder: Path, progress: Progress) -> Copies:
    engine = _sqlite(source)
    path = _file(source)
    size = _size(path)
    free = shutil.disk_usage(folder).free
    if free < _TIMES * size:
        raise RehearsalError(
            f"A rehearsal of {path} takes {megabytes(_TIMES * size)} in {folder.parent}, which has {megabytes(free)} "
            f"free: {_ROOM}."
        )
    before, copy = folder / "before.db", folder / "copy.db"
    had_wal = Path(f"{path}-wal").exists()
    try:
        engine.copy(engine.file_url(path), engine.file_url(before), progress)
        with closing(engine.module.connect(before)) as connection:
            said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except engine.module.Error as error:
        raise RehearsalError(_refusal(path, error)) from None
    except EngineError as error:
        raise RehearsalError(f"{error}.") from None
    finally:
        if not had_wal:
            _take_wal_away(engine, path)
    if said != "ok":
        raise RehearsalError(
            f"{path} is damaged ({' '.join(said.split())}): restore it, or save what can be with sqlite3's .recover."
        )
    try:
        shutil.copyfile(before, copy)
    except OSError as error:
        raise RehearsalError(f"{copy} can't be written ({error.strerror}): {_ROOM}.") from None
    target = source.set(database=copy.as_posix(), query={k: v for k, v in source.query.items() if k not in _URI})
    return Copies(
        engine,
        engine.file_url(copy),
        target,
        size,
        lambda: closing(SQLiteComparison(before, copy, engine.module)),
        lambda: _restore(engine, before, copy),
    )


def _restore(engine: SQLite, before: Path, copy: Path) -> None:
    try:
        engine.copy(engine.file_url(before), engine.file_url(copy))
    except engine.module.Error as error:
        raise RehearsalError(_refusal(copy, error)) from None


_URI = ("uri", "mode", "cache", "immutable", "nolock")


def _sqlite(source: sa.URL) -> SQLite:
    driver = source.drivername.partition("+")[2]
    if driver not in ("", "pysqlite", "aiosqlite", "pysqlite3"):
        raise RehearsalError(f"A database of the driver {driver} can't be copied: a rehearsal reads plain files.")
    engine = find_engine("sqlite-modern" if driver == "pysqlite3" else "sqlite")
    if engine.missing:
        raise RehearsalError(f"{engine.missing}.")
    assert isinstance(engine, SQLite)
    return engine


def _file(source: sa.URL) -> Path:
    name = source.database or ":memory:"
    if name.startswith("file:"):
        name = unquote(urlsplit(name).path)
    if ":memory:" in name or source.query.get("mode") == "memory":
        raise RehearsalError("The database is in memory, so there is nothing to copy: name one in a file with --url.")
    path = Path(name)
    if not path.exists():
        raise RehearsalError(f"There is no database {path.absolute()}: check sqlalchemy.url, or name one with --url.")
    if not path.is_file():
        raise RehearsalError(f"{path.absolute()} is no file, and so no database: name one with --url.")
    return path


def _size(path: Path) -> int:
    return sum(one.stat().st_size for one in (path, Path(f"{path}-wal")) if one.exists())


def _refusal(path: Path, error: Exception) -> str:
    words = str(error)
    if "full" in words:
        return f"There is no space left for the copy of {path}: {_ROOM}."
    if "locked" in words:
        return f"{path} is locked: commit or end what writes to it, then try again."
    if "not a database" in words:
        return f"{path} is no SQLite database, or an encrypted one: a rehearsal can't read it."
    if "unable to open" in words or "readonly" in words:
        return (
            f"{path} can't be opened to be read ({words}): see who may read it, and whether a {path.name}-journal "
            "beside it waits to be rolled back, which sqlite3 does when it opens the file."
        )
    return f"{path} can't be read ({words}): restore it, or save what can be with sqlite3's .recover."


def _take_wal_away(engine: SQLite, path: Path) -> None:
    """Opening a database of journal mode WAL makes two files beside it, which only one who may write takes away.

    There was no log, so nothing is written: SQLite removes the files if nobody else uses them.
    """
    if not Path(f"{path}-wal").exists():
        return
    try:
        with closing(engine.module.connect(path, timeout=_PATIENCE)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except engine.module.Error:
        return
