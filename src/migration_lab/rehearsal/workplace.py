"""The folder in which a rehearsal works, which is gone afterwards: at its end, or, after a kill, at the next's start.

Whoever works in a folder holds the lock in it, which ends with the process that holds it, however that ends.
"""

from __future__ import annotations

import getpass
import hashlib
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from migration_lab.engines import MARK
from migration_lab.rehearsal.report import RehearsalError

_LOCK = "lock"


def rehearsals_folder() -> Path:
    """Where an account's folders are: in the folder for temporary files, which TMPDIR names."""
    return Path(tempfile.gettempdir()) / f"migration-lab-rehearsals-{getpass.getuser()}"


@contextmanager
def workplace(*, keep: bool = False) -> Iterator[Path]:
    """A new folder to work in, which is removed at the end of the ``with`` block, unless it is to be kept.

    What a rehearsal left that was killed is removed first. Raises RehearsalError where no folder can be made.
    """
    home = rehearsals_folder()
    with ExitStack() as held:
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Nobody may take a folder for one that was left between its making and its lock.
            with FileLock(home / _LOCK):
                remove_left()
                folder = Path(tempfile.mkdtemp(prefix="run-", dir=home))
                held.enter_context(FileLock(folder / _LOCK, timeout=0))
        except OSError as error:
            raise RehearsalError(
                f"No folder can be made in {home} to rehearse in ({error.strerror}): name another in TMPDIR."
            ) from None
        kept = False
        try:
            yield folder
            kept = keep
        finally:
            held.close()
            if kept:
                (folder / _LOCK).rename(folder / "kept")
            else:
                shutil.rmtree(folder, ignore_errors=True)
                with suppress(OSError):  # others are at work, or something was kept
                    (home / _LOCK).unlink(missing_ok=True)
                    home.rmdir()


def remove_left() -> None:
    """Remove the folders of rehearsals that were killed."""
    for folder in rehearsals_folder().glob("run-*"):
        if (folder / "kept").exists():
            continue
        try:
            with FileLock(folder / _LOCK, timeout=0):
                pass
        except (Timeout, OSError):
            continue
        shutil.rmtree(folder, ignore_errors=True)


def database_prefix() -> str:
    """How the names of this account's copies on a server begin, from this machine."""
    salt = f"{platform.node()} {rehearsals_folder()}"
    return f"{MARK}rehearsal_{hashlib.sha256(salt.encode()).hexdigest()[:8]}_"


def database_name(folder: Path, suffix: str) -> str:
    """The name of a copy on a server, by the folder of its rehearsal."""
    return f"{database_prefix()}{hashlib.sha256(folder.name.encode()).hexdigest()[:8]}_{suffix}"


def in_use() -> frozenset[str]:
    """How the names begin that belong to rehearsals that are at work, or were kept."""
    return frozenset(database_name(folder, "") for folder in rehearsals_folder().glob("run-*"))
