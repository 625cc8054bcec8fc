"""SQLite has no list of sessions. Its locks are the system's, on bytes of the file: Linux tells which process has them.

That is read from /proc/locks, and the file isn't opened: whoever closes a file loses all locks that the process has on
it ("How To Corrupt An SQLite Database File", section 2.2), so a look in the kernel would end the learner's transaction.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migration_lab.locks.values import Lock, Locks, Session, in_order

_LOCKS = Path("/proc/locks")
# The bytes: SQLite's source, os.h and wal.c.
_PENDING, _RESERVED = 0x40000000, 0x40000001
_SHARED = (0x40000002, 0x40000002 + 509)
_WAL_WRITE, _WAL_CHECKPOINT, _WAL_READ, _WAL_USED = 120, 121, (123, 127), 128
_NOTE = (
    "SQLite tells which process has locked the file, and not which of its connections, nor the statement. It has no "
    "queue: who waits tries again and again, which doesn’t show here."
)
_NOT_TOLD = "Somebody holds the write lock of the file: this system doesn’t tell who."


@dataclass(frozen=True, slots=True)
class _Range:
    process: int
    writes: bool
    first: int
    last: float

    def covers(self, first: int, last: int | None = None) -> bool:
        return self.first <= (first if last is None else last) and self.last >= first


def read_sqlite(path: Path, driver: Any) -> Locks:
    """The processes with a lock on the file. Where the system doesn't tell, whether anybody has the write lock."""
    try:
        text = _LOCKS.read_text(encoding="ascii")
    except OSError:
        return Locks((), (_NOT_TOLD if _is_locked(path, driver) else "Nobody holds the write lock of the file.",))
    file, wal = (list(_ranges(text, name)) for name in (path, path.with_name(path.name + "-shm")))
    held: dict[int, tuple[Lock, ...]] = {}
    for process in dict.fromkeys(one.process for one in (*file, *wal)):
        locks = _locks(
            [one for one in file if one.process == process], [one for one in wal if one.process == process], path.name
        )
        if locks:
            held[process] = locks
    return in_order([_session(process, held) for process in held], [_NOTE] if held else [])


def _ranges(text: str, path: Path) -> Iterator[_Range]:
    """The locks on one file: lines as ``1: POSIX ADVISORY WRITE 708 08:01:1234 1073741825 1073741825``."""
    try:
        about = path.stat()
    except OSError:
        return
    file = (os.major(about.st_dev), os.minor(about.st_dev), about.st_ino)
    for line in text.splitlines():
        words = line.split()
        if "->" in words or len(words) != 8:  # it waits; SQLite never does
            continue
        major, minor, inode = words[5].split(":")
        if (int(major, 16), int(minor, 16), int(inode)) == file:
            last = float("inf") if words[7] == "EOF" else int(words[7])
            yield _Range(int(words[4]), words[3] == "WRITE", int(words[6]), last)


def _locks(file: list[_Range], wal: list[_Range], name: str) -> tuple[Lock, ...]:
    """A process's locks, by the names that SQLite's documentation has for them."""
    if any(one.covers(_WAL_USED) for one in wal):  # in this mode each connection has a lock on the file itself, always
        found = {
            "write lock": any(one.writes and one.covers(_WAL_WRITE) for one in wal),
            "checkpoint lock": any(one.writes and one.covers(_WAL_CHECKPOINT) for one in wal),
            "read lock": any(one.covers(*_WAL_READ) for one in wal),
        }
    else:
        exclusive = any(one.writes and one.covers(*_SHARED) for one in file)
        pending = any(one.writes and one.covers(_PENDING) for one in file)
        found = {
            "write lock (EXCLUSIVE)": exclusive,
            "write lock (PENDING)": pending and not exclusive,
            "write lock (RESERVED)": any(one.covers(_RESERVED) for one in file) and not pending and not exclusive,
            "read lock (SHARED)": any(one.covers(*_SHARED) for one in file) and not exclusive,
        }
    return tuple(Lock(name, mode) for mode, there in found.items() if there)


def _session(process: int, held: dict[int, tuple[Lock, ...]]) -> Session:
    modes = {lock.mode for lock in held[process]}
    writes = any(mode.startswith("write") for mode in modes)
    session = Session(str(process), _name(process), "writes" if writes else "reads", holds=held[process])
    readers = [other for other, locks in held.items() if other != process and _reads(locks)]
    if "write lock (PENDING)" not in modes or not readers:
        return session
    wants = Lock(held[process][0].on, "EXCLUSIVE")
    behind = tuple(str(other) for other in sorted(readers))
    return Session(session.id, session.name, "waits", holds=session.holds, wants=wants, behind=behind)


def _reads(locks: tuple[Lock, ...]) -> bool:
    return any(lock.mode == "read lock (SHARED)" for lock in locks)


def _name(process: int) -> str:
    """What runs in the process, without the path of its program."""
    if process == os.getpid():
        return "this notebook’s kernel"
    words: list[str] = []
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{process}/cmdline").read_bytes().decode("utf-8", "replace")
        words = [word for word in text.split("\0") if word]
    return " ".join([Path(words[0]).name, *words[1:]]) if words else "a process that can’t be seen from here"


def _is_locked(path: Path, driver: Any) -> bool:
    """Whether the write lock can't be had at once. To find out is to have it for a moment."""
    if not path.exists():
        return False
    with contextlib.closing(driver.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except driver.OperationalError:
            return True
        except driver.DatabaseError:
            return False  # no database at all
        connection.execute("ROLLBACK")
    return False
