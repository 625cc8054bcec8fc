"""A limit on what a learner's processes may use together, kept by Linux's control groups, of either version.

JupyterHub's own ``mem_limit`` is only a wish when servers are plain processes. Where control groups can't be written
(most containers), what is left is the limit on each process: see ``workshop.spawner``.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class MemoryGroups:
    """The control groups of one workshop: a folder with one for each learner."""

    folder: Path
    version: int

    def limit(self, learner: str, size: int) -> Path:
        """Make the group of ``learner`` with a limit of ``size`` bytes. Returns the file that takes process numbers.

        Raises OSError where the system refuses.
        """
        group = self.folder / learner
        group.mkdir(exist_ok=True)
        if self.version == 1:
            (group / "memory.limit_in_bytes").write_text(str(size))
        else:
            (group / "memory.max").write_text(str(size))
            with contextlib.suppress(OSError):  # a kernel without swap has no such file
                (group / "memory.swap.max").write_text("0")
        return group / "cgroup.procs"

    def remove(self, patience: float = 5) -> None:
        """Remove all groups that no process is in any more. ``patience``, in seconds, is for those that were killed."""
        deadline = time.monotonic() + patience
        while self.folder.exists():
            for group in [*self.folder.glob("*/"), self.folder]:
                with contextlib.suppress(OSError):
                    group.rmdir()
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)


def memory_groups(state: Path, *, root: Path = ROOT, own: Path = Path("/proc/self/cgroup")) -> MemoryGroups | None:
    """The control groups of the workshop in ``state``, None where they can't be made here."""
    name = f"migration-lab-{hashlib.sha256(str(state).encode()).hexdigest()[:12]}"
    try:
        if (root / "memory").is_dir():
            inside = next(line.split(":", 2)[2] for line in own.read_text().splitlines() if ":memory:" in line)
            folder = root / "memory" / inside.lstrip("/")
            # In a container the path may be the host's, which isn't in sight.
            folder = (folder if folder.is_dir() else root / "memory") / name
            folder.mkdir(exist_ok=True)
            return MemoryGroups(folder, 1)
        if "memory" in (root / "cgroup.controllers").read_text().split():
            # At the top, because a group that has processes of its own can't hand memory down to others.
            folder = root / name
            (root / "cgroup.subtree_control").write_text("+memory")
            folder.mkdir(exist_ok=True)
            (folder / "cgroup.subtree_control").write_text("+memory")
            return MemoryGroups(folder, 2)
    except (OSError, StopIteration):
        pass
    return None
