"""The folder ``scratch_db/``: where it is, and which of its folders the course made.

The course writes and deletes only folders with its marker file in them.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

from migration_lab.engines import SCRATCH_VARIABLE, ScratchError, scratch_root

VARIABLE = SCRATCH_VARIABLE
MARKER = ".migration-lab.json"


def scratch_folder(name: str) -> Path:
    """The path of one folder of ``scratch_db``, made or not. Raises ScratchError for a name that isn't a plain one."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.]*", name):
        raise ScratchError(f"{name!r} can't name a folder of scratch_db: use letters, digits, '_' and '.'")
    return scratch_root() / name


def write_marker(folder: Path, **about: object) -> None:
    """Mark ``folder`` as made by the course. Written last, so that a folder with a marker is whole."""
    about = {"made_by": "migration_lab", "at": time.strftime("%Y-%m-%dT%H:%M:%S"), **about}
    (folder / MARKER).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def read_marker(folder: Path) -> dict[str, object] | None:
    """What the marker of ``folder`` says: None where there is none, empty where it can't be read."""
    try:
        about = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except ValueError:
        return {}
    except OSError:
        return None
    return about if isinstance(about, dict) else {}


def check_ours(folder: Path) -> None:
    """Raise ScratchError where ``folder`` exists and the course didn't make it."""
    if folder.exists() and not (folder / MARKER).is_file():
        raise ScratchError(f"{folder} has no {MARKER}, so the course didn't make it: move it away, then try again")


def made_folders() -> list[Path]:
    """All folders of ``scratch_db`` that the course made, by name."""
    # One that starts with a dot is being put in another's place: see migration_lab.lessons.replace.
    return sorted(path.parent for path in scratch_root().glob(f"*/{MARKER}") if not path.parent.name.startswith("."))
