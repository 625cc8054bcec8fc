"""Copies of a learner's files, kept in ``scratch_db/kept`` when a lesson is put back to its start."""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path

from migration_lab.lessons.replace import delete_folder
from migration_lab.lessons.scratch import read_marker

KEPT_COPIES = 3


def keep_files(folder: Path) -> None:
    """Copy the text files of ``folder`` to ``scratch_db/kept`` if one was changed or added since they were made.

    What is kept already isn't kept twice: each run of a lesson writes the same files, and would push out the learner's.
    """
    marker = read_marker(folder)
    if marker is None:
        return
    made, files = marker.get("files"), project_files(folder)
    if isinstance(made, dict) and all(made.get(inside) == digest for inside, digest in digests(files).items()):
        return
    kept = folder.parent / "kept"
    pattern = re.compile(re.escape(folder.name) + r"_\d{8}_\d{6}(_\d+)?")
    copies = sorted(path for path in kept.glob("*") if pattern.fullmatch(path.name))
    if any(project_files(copy) == files for copy in copies):
        return
    unfinished = kept / f".new-{folder.name}"
    delete_folder(unfinished)
    for inside, content in files.items():
        (unfinished / inside).parent.mkdir(parents=True, exist_ok=True)
        (unfinished / inside).write_bytes(content)
    target = stem = kept / f"{folder.name}_{time.strftime('%Y%m%d_%H%M%S')}"
    number = 1
    while target.exists():
        number += 1
        target = stem.with_name(f"{stem.name}_{number}")
    unfinished.rename(target)
    for surplus in [*copies, target][:-KEPT_COPIES]:
        delete_folder(surplus)


def project_files(folder: Path) -> dict[str, bytes]:
    """The text files that a learner may have changed: path inside the folder to content."""
    kinds, names = {".py", ".ini", ".mako"}, {"baseline.json"}
    paths = (path for path in sorted(folder.rglob("*")) if (path.suffix in kinds or path.name in names))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def digests(files: dict[str, bytes]) -> dict[str, str]:
    return {inside: hashlib.sha256(content).hexdigest() for inside, content in files.items()}
