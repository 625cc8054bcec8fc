"""Where the course is."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def find_course() -> Path | None:
    """The folder with ``notebooks/`` and ``scratch_db/``: here or the nearest above, else above the package.

    None for a package that is installed without its repository, and used outside of one.
    """
    for start in (Path.cwd(), PACKAGE):
        for folder in (start, *start.parents):
            if (folder / "notebooks").is_dir() and (folder / "scratch_db").is_dir():
                return folder
    return None


def course_folder() -> Path:
    """The course, or the package's own folder where there is none; that has neither notebooks nor ``scratch_db/``."""
    return find_course() or PACKAGE
