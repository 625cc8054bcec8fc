"""Give a learner a folder of the course: run by the hub, as the learner, so that it can't reach past what is theirs.

    python folder.py COURSE FOLDER [FILE ...]

Only what is missing is copied: nobody's work is written over, and a notebook that was deleted comes back.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def fill(course: Path, folder: Path, extra: list[Path]) -> None:
    """Copy the notebooks, an empty scratch_db/ and the ``extra`` files into ``folder``, as far as they lack."""
    for source in sorted((course / "notebooks").rglob("*.ipynb")):  # not what is beside them for who writes them
        if ".ipynb_checkpoints" not in source.parts:
            copy(source, folder / source.relative_to(course))
    copy(course / "scratch_db" / "README.md", folder / "scratch_db" / "README.md")
    for source in extra:
        copy(source, folder / source.name)


def copy(source: Path, target: Path) -> None:
    """Copy one file, unless there is one. The copy is the learner's to change, whatever the source allows."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(source, target)


if __name__ == "__main__":
    os.umask(0o077)
    fill(Path(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
