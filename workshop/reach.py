"""Let learners' accounts reach the course where it lies in a folder that is closed to others, as /root and homes are.

The hub gets its own view of the file system (a mount namespace): in it, such a folder shows nothing but what is
needed. Nobody's permissions are changed, and the rest of that folder is out of everyone's sight, the hub's included.
"""

from __future__ import annotations

import shlex
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path


def is_open(folder: Path) -> bool:
    """Whether every account can go through ``folder``."""
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def closed_folders(needed: Iterable[Path]) -> dict[Path, list[Path]]:
    """The outermost folders that keep others from ``needed``, each with those of the needed paths that are in it."""
    closed: dict[Path, list[Path]] = {}
    for path in dict.fromkeys(path.resolve() for path in needed):
        for folder in reversed([path, *path.parents]):
            if folder.is_dir() and not is_open(folder):
                inside = sorted(path.iterdir()) if folder == path else [path]
                closed.setdefault(folder, []).extend(inside)
                break
    return closed


def with_reach(command: Sequence[str], needed: Iterable[Path], skeletons: Path) -> list[str]:
    """``command`` with what lets learners reach ``needed`` from it; ``skeletons`` takes the frames to mount in."""
    closed = closed_folders(needed)
    if not closed:
        return list(command)
    script = ["set -e"]
    for number, (folder, paths) in enumerate(closed.items()):
        frame = skeletons / str(number)
        quoted = shlex.quote(str(frame))
        # An in-memory frame: a path that is left over from an earlier workshop can't show through.
        script.append(f"mkdir -p {quoted}; mount -t tmpfs -o mode=755 tmpfs {quoted}")
        # A folder before what is in it, else its mount would cover theirs.
        for path in sorted(set(paths)):
            if any(other in path.parents for other in paths):
                continue
            place = shlex.quote(str(frame / path.relative_to(folder)))
            source = shlex.quote(str(path))
            made = f"mkdir -p {place}" if path.is_dir() else f"mkdir -p $(dirname {place}); : > {place}"
            script.append(f"{made}; mount --rbind {source} {place}")
        script.append(f"mount --rbind {quoted} {shlex.quote(str(folder))}")
    script.append('cd "$PWD"; exec "$@"')
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", "\n".join(script), "sh", *command]
