"""Replace one folder by another so that a kill at any moment leaves the old one or the new one, whole.

Renaming a folder onto one that has files in it is refused everywhere. Linux (renameat2) and macOS (renamex_np) can
exchange two names in one step; elsewhere the old folder steps aside first, and the next opening clears up after a kill
that fell between the two steps.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h
_RENAME_SWAP = 2  # macOS sys/stdio.h


def replace_folder(new: Path, target: Path) -> None:
    """Put ``new`` in the place of ``target`` and delete what was there. Both lie in the same folder.

    Raises OSError where the file system refuses, with ``target`` as it was.
    """
    if not target.exists():
        new.rename(target)
        return
    if _exchange(new, target):
        delete_folder(new)
        return
    aside = target.with_name(f".old-{target.name}-{os.getpid()}")
    target.rename(aside)
    try:
        new.rename(target)
    except OSError:
        aside.rename(target)
        raise
    delete_folder(aside)


def copy_folder(source: Path, target: Path) -> None:
    """Copy what is in ``source`` into the new folder ``target``, without bytecode.

    Contents only: an installation may be read-only, and nobody could edit or replace a copy with its permissions.
    """
    target.mkdir()
    for path in source.iterdir():
        if path.is_dir():
            if path.name != "__pycache__":
                copy_folder(path, target / path.name)
        else:
            shutil.copyfile(path, target / path.name)


def delete_folder(folder: Path) -> None:
    """Delete a folder with all that is in it. Windows may hold a file for a moment after it was closed: try again.

    Raises OSError where it still can't be deleted after a second.
    """
    for attempt in range(10):
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return
        except OSError:
            if attempt == 9:
                raise
            time.sleep(0.1)
        else:
            return


def clear_leftovers(target: Path) -> None:
    """Delete what a killed replacement of ``target`` left beside it; put the old folder back if it is all there is."""
    for leftover in sorted(target.parent.glob(f".old-{target.name}-*")):
        if target.exists():
            delete_folder(leftover)
        else:
            leftover.rename(target)
    for leftover in target.parent.glob(f".new-{target.name}-*"):
        delete_folder(leftover)


def leftover_targets(root: Path) -> set[Path]:
    """The folders of ``root`` whose replacement was killed half-way, or is going on."""
    found = (re.fullmatch(r"\.(?:new|old)-(.+)-\d+", path.name) for path in root.iterdir())
    return {root / match[1] for match in found if match}


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step. False where this system can't."""
    call = _exchange_call()
    return call is not None and call(os.fsencode(one), os.fsencode(other)) == 0


def _exchange_call() -> Callable[[bytes, bytes], int] | None:
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            renameat2 = library.renameat2
            return lambda one, other: int(renameat2(_AT_FDCWD, one, _AT_FDCWD, other, _RENAME_EXCHANGE))
        if sys.platform == "darwin":
            renamex_np = library.renamex_np
            return lambda one, other: int(renamex_np(one, other, _RENAME_SWAP))
    except (OSError, AttributeError, TypeError):
        pass
    return None
