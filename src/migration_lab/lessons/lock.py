"""Who has a folder of ``scratch_db/`` open: an operating system's lock, which ends with its process."""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from migration_lab.engines import ScratchError


class InUseError(ScratchError):
    """The folder is open in another kernel."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a folder open: a process of this or another machine, and since when (``HH:MM``)."""

    process: int
    host: str
    since: str


class FolderLock:
    """An operating system's lock on one folder: it ends with its process, however that ends."""

    def __init__(self, folder: Path) -> None:
        locks = folder.parent / ".locks"
        locks.mkdir(exist_ok=True)
        self.folder = folder
        self._note = locks / f"{folder.name}.json"
        self._lock = FileLock(locks / f"{folder.name}.lock", thread_local=False)

    def acquire(self) -> None:
        """Take the lock. Raises InUseError, naming the holder, where another process (or object) has it."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            holder = self._holder()
            who = f"process {holder.process}, since {holder.since}" if holder else "another process"
            raise InUseError(f"scratch_db/{self.folder.name} is open in another kernel ({who})") from None
        holder = Holder(os.getpid(), socket.gethostname(), time.strftime("%H:%M"))
        self._note.write_text(json.dumps([holder.process, holder.host, holder.since]), encoding="utf-8")

    def release(self) -> None:
        """Give the lock back. Harmless where it isn't held."""
        self._lock.release()

    def _holder(self) -> Holder | None:
        try:
            process, host, since = json.loads(self._note.read_text(encoding="utf-8"))
            return Holder(int(process), str(host), str(since))
        except (OSError, ValueError, TypeError):
            return None
