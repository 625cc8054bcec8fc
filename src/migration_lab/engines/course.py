"""Where the course is, and the folder ``scratch_db/`` in which it works."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
VARIABLE = "MIGRATION_LAB_SCRATCH"


class CourseError(Exception):
    """Something stands in the way. The message is one line: what, where, and how to go on."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback, in which the line would drown."""
        return [f"{type(self).__name__}: {self}"]


class ScratchError(CourseError):
    """Something in ``scratch_db/`` stands in the way."""


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


def scratch_root() -> Path:
    """The ``scratch_db`` folder of the copy of the course that one works in.

    ``MIGRATION_LAB_SCRATCH`` names it where it is set; else it is the course's own. Raises ScratchError where there is
    none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        root = _usable(Path(named).absolute())
        root.mkdir(parents=True, exist_ok=True)
        return root
    course = find_course()
    if course is not None:
        return _usable(course / "scratch_db")
    raise ScratchError(
        f"no folder scratch_db beside notebooks above {Path.cwd()}: start Jupyter in the course's folder, "
        f"or name a folder in {VARIABLE}"
    )


def _usable(root: Path) -> Path:
    # '%' has a meaning in alembic.ini, '?' in the database's URL, and the PATH's separator in prepend_sys_path.
    for sign in ("%", "?", os.pathsep):
        if sign in str(root):
            raise ScratchError(f"Alembic can't work in {root}, which has a '{sign}' in its name: move the course")
    return root
