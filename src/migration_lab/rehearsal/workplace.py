"""The folder in which a rehearsal works, which is gone afterwards: at its end, or, after a kill, at the next's start.

Whoever works in a folder holds the lock beside it, which ends with the process that holds it, however that ends.
"""

from __future__ import annotations

import getpass
import hashlib
import platform
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ENOENT
from os import strerror
from pathlib import Path

from filelock import FileLock, Timeout

from migration_lab.engines import MARK
from migration_lab.rehearsal.report import RehearsalError

_KEPT = "kept"
_TRIES = 100


def rehearsals_folder() -> Path:
    """Where an account's folders are: in the folder for temporary files, which TMPDIR names."""
    return Path(tempfile.gettempdir()) / f"migration-lab-rehearsals-{getpass.getuser()}"


@contextmanager
def workplace(*, keep: bool = False) -> Iterator[Path]:
    """A new folder to work in, which is removed at the end of the ``with`` block, unless it is to be kept.

    What a rehearsal left that was killed is removed first. Raises RehearsalError where no folder can be made.
    """
    home = rehearsals_folder()
    try:
        folder, lock = _new_folder(home)
    except OSError as error:
        raise RehearsalError(
            f"No folder can be made in {home} to rehearse in ({error.strerror}): name another in TMPDIR."
        ) from None
    kept = False
    try:
        remove_left()
        yield folder
        kept = keep
    finally:
        if kept:
            (folder / _KEPT).touch()
        else:
            shutil.rmtree(folder, ignore_errors=True)
        _give_back(lock)


def remove_left() -> None:
    """Remove the folders of rehearsals that were killed."""
    for file in rehearsals_folder().glob("run-*.lock"):
        folder = file.with_suffix("")
        lock = FileLock(file, timeout=0)
        try:
            lock.acquire()
        except (Timeout, OSError):
            continue
        if not (folder / _KEPT).exists():
            shutil.rmtree(folder, ignore_errors=True)
        _give_back(lock)


def _new_folder(home: Path) -> tuple[Path, FileLock]:
    """A folder and its lock, which is there first: nobody can take the folder for one that was left."""
    for _ in range(_TRIES):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = home / f"run-{secrets.token_hex(8)}"
        lock = FileLock(f"{folder}.lock", timeout=0)
        try:
            lock.acquire()
            folder.mkdir(mode=0o700)
        except FileNotFoundError:  # the last of the others has just removed the home
            lock.release()
            continue
        return folder, lock
    raise FileNotFoundError(ENOENT, strerror(ENOENT))


def _give_back(lock: FileLock) -> None:
    lock.release()
    with suppress(OSError):  # others are at work, or something was kept
        Path(lock.lock_file).unlink(missing_ok=True)
        rehearsals_folder().rmdir()


def database_prefix() -> str:
    """How the names of this account's copies on a server begin, from this machine."""
    salt = f"{platform.node()} {rehearsals_folder()}"
    return f"{MARK}rehearsal_{hashlib.sha256(salt.encode()).hexdigest()[:8]}_"


def database_name(folder: Path, suffix: str) -> str:
    """The name of a copy on a server, by the folder of its rehearsal."""
    return f"{database_prefix()}{hashlib.sha256(folder.name.encode()).hexdigest()[:8]}_{suffix}"


def in_use() -> frozenset[str]:
    """How the names begin that belong to rehearsals that are at work, or were kept."""
    return frozenset(database_name(folder, "") for folder in rehearsals_folder().glob("run-*") if folder.is_dir())
