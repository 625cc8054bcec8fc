"""Put a learner's work back from the zip that :mod:`migration_lab.work.pack` made of it: all of it, or nothing.

Nothing is overwritten: what stood there goes to ``scratch_db/kept/replaced_DATE_TIME/``.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

from migration_lab.lessons import MARKER, FolderLock, InUseError, ScratchError, check_ours, delete_folder
from migration_lab.work.pack import TEXT_SUFFIXES, project_files
from migration_lab.work.zip_file import WorkError, read_zip


def restore_work(content: bytes, notebooks: Path, scratch: Path) -> str:
    """Put the work in the zip ``content`` back into ``notebooks/`` and ``scratch_db/``. Returns what came back.

    A folder that a kernel has open stays as it is, and its copy out of the zip goes to ``kept/``. Raises WorkError,
    with everything as it was, for a zip that isn't sound and where a file can't be written.
    """
    files = read_zip(content)
    staged = scratch / ".restore"
    try:
        with contextlib.ExitStack() as locks, contextlib.ExitStack() as undo:
            lock = FolderLock(staged)
            lock.acquire()
            locks.callback(lock.release)
            delete_folder(staged)  # left by a kill
            locks.callback(shutil.rmtree, staged, ignore_errors=True)
            for name, data in files.items():
                target = staged / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            words = _Restoring(staged, notebooks, scratch, locks, undo).run()
            undo.pop_all()
    except (OSError, ScratchError) as error:
        raise WorkError(f"Nothing was put back: {' '.join(str(error).split())}") from error
    return words


class _Restoring:
    """One go of moving what is staged into its places. Each step leaves on ``undo`` how to take it back."""

    def __init__(
        self, staged: Path, notebooks: Path, scratch: Path, locks: contextlib.ExitStack, undo: contextlib.ExitStack
    ) -> None:
        self.staged, self.notebooks, self.scratch, self.locks, self.undo = staged, notebooks, scratch, locks, undo
        self.kept = scratch / "kept"
        self.replaced = free_name(self.kept / f"replaced_{time.strftime('%Y%m%d_%H%M%S')}")
        undo.callback(_remove_empty, self.replaced)

    def run(self) -> str:
        changed = [path.name for path in self._staged("notebooks") if self._restore_notebook(path)]
        folders: list[str] = []
        aside: list[str] = []
        for path in self._staged("scratch_db"):
            if path.is_dir() and path.name != "kept":
                if not (path / MARKER).is_file():
                    raise ScratchError(f"the zip holds scratch_db/{path.name} without its {MARKER}")
                (folders if self._restore_folder(path) else aside).append(path.name)
        progress = self.staged / "scratch_db" / "progress.json"
        if progress.is_file() and not _same_file(progress, self.scratch / "progress.json"):
            self._move_in(progress, self.scratch / "progress.json")
        for path in self._staged("scratch_db/kept"):
            if not _same_texts(path, self.kept / path.name):
                self._move_in(path, free_name(self.kept / path.name))
        return self._words(changed, folders, aside)

    def _staged(self, name: str) -> list[Path]:
        folder = self.staged / name
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def _restore_notebook(self, path: Path) -> bool:
        """False where the notebook already has these cells: its outputs come with running it."""
        target = self.notebooks / path.name
        if _cells(target) == _cells(path):
            return False
        self._move_in(path, target)
        return True

    def _restore_folder(self, path: Path) -> bool:
        """False where a kernel has the folder open, and what differs went to ``kept/``."""
        target = self.scratch / path.name
        check_ours(target)
        lock = FolderLock(target)
        try:
            lock.acquire()
        except InUseError:
            if not _same_texts(path, target):
                self._move_in(path, free_name(self.kept / f"{path.name}_put_back"))
            return False
        self.locks.callback(lock.release)
        self._move_in(path, target)
        return True

    def _move_in(self, source: Path, target: Path) -> None:
        """Move ``source`` to ``target``, and what is there to ``kept/``."""
        if target.exists():
            above = self.notebooks.parent if target.parent == self.notebooks else self.scratch
            shelter = self.replaced / target.relative_to(above)
            shelter.parent.mkdir(parents=True, exist_ok=True)
            self._move(target, shelter)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._move(source, target)

    def _move(self, source: Path, target: Path) -> None:
        # A folder by renaming only: copying one and deleting it stops half-way where Windows holds a file open.
        move = os.rename if source.is_dir() else shutil.move
        move(source, target)
        self.undo.callback(move, target, source)

    def _words(self, changed: list[str], folders: list[str], aside: list[str]) -> str:
        counts = f"{_count(len(changed), 'notebook')}, {_count(len(folders), 'folder')} of scratch_db"
        words = f"Your work is back: {counts}."
        if changed:
            words += f" Close {', '.join(changed)} where open, and open again."
        if aside:
            words += f" In use, so as it was: {', '.join(aside)}; what differs is in scratch_db/kept."
        if self.replaced.exists():
            words += f" What stood there before is in scratch_db/kept/{self.replaced.name}."
        return words


def free_name(path: Path) -> Path:
    """``path``, or the first of PATH_2, PATH_3 ... that doesn't exist."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}_{number}")
    return free


def _remove_empty(folder: Path) -> None:
    """Delete a folder and those inside it, as far as there is nothing in them."""
    for inside in [*sorted(folder.rglob("*"), reverse=True), folder]:
        with contextlib.suppress(OSError):
            inside.rmdir()


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _cells(notebook: Path) -> list[tuple[str, str]] | None:
    """The kind and source of each cell; None where there is no readable notebook."""
    try:
        content: Any = json.loads(notebook.read_text(encoding="utf-8"))
        return [(cell["cell_type"], "".join(cell["source"])) for cell in content["cells"]]
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _same_file(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def _same_texts(one: Path, other: Path) -> bool:
    """True where two folders hold the same text files, or two files the same bytes."""
    if one.is_file():
        return _same_file(one, other)
    return other.is_dir() and _texts(one) == _texts(other)


def _texts(folder: Path) -> dict[Path, bytes]:
    return {
        inside: (folder / inside).read_bytes() for inside in project_files(folder) if inside.suffix in TEXT_SUFFIXES
    }
