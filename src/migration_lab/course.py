"""Where the course is."""

from __future__ import annotations

from pathlib import Path


def course_folder() -> Path:
    """The folder with ``notebooks/`` and ``scratch_db/``: here or the nearest above, else above the package.

    A package that is installed without its repository has neither: the folder returned is then without them too.
    """
    package = Path(__file__).resolve().parent
    for start in (Path.cwd(), package):
        for folder in (start, *start.parents):
            if (folder / "notebooks").is_dir() and (folder / "scratch_db").is_dir():
                return folder
    return package
