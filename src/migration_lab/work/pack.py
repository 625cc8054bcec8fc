"""The learner's work as one zip file: for a session that vanishes when idle, or a move to another machine.

In it are all notebooks, the progress, the copies in ``kept/``, and of each folder that the course made the migrations,
models and settings, with its database where that is small: so a folder that is put back works at once in a terminal.
"""

from __future__ import annotations

import io
import json
import tempfile
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

from migration_lab.engines import default_engine, sqlite_driver
from migration_lab.lessons import MARKER

CONTENTS = "migration_lab_work.json"  # says that a zip is the course's, and what was left out of it
FORMAT = 1
TEXT_SUFFIXES = frozenset({".py", ".ini", ".mako"})
KEPT_SUFFIXES = TEXT_SUFFIXES | {".ipynb", ".json", ".db"}
DATABASE_LIMIT = 2**20  # bytes: the lessons' own have some 20 thousand; a million rows are quicker made again
# Of all files before compression. A zip is sent back in one message, of which Jupyter takes 10 MiB.
TOTAL_LIMIT = 8 * 2**20
FILES_LIMIT = 2000


def pack_work(notebooks: Path, scratch: Path) -> bytes:
    """The work in the folders ``notebooks/`` and ``scratch_db/`` as a zip that can always be put back.

    What is too large or can't be read is left out, and named in the zip's ``migration_lab_work.json``.
    """
    buffer = io.BytesIO()
    left_out: list[str] = []
    files = total = 0
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in _work_files(notebooks, scratch):
            try:
                content = _read(path, TOTAL_LIMIT - total)
            except (OSError, sqlite_driver().Error) as error:
                left_out.append(f"{name}: {error}")
                continue
            files, total = files + 1, total + len(content)
            if files > FILES_LIMIT:
                left_out.append(f"{name}: more than {FILES_LIMIT} files")
                continue
            # One spelling of letters with accents, whichever the file system uses.
            archive.writestr(unicodedata.normalize("NFC", name), content)
        about = {
            "made_by": "migration_lab",
            "format": FORMAT,
            "at": time.strftime("%Y-%m-%dT%H:%M:%S"),
            "left_out": left_out,
        }
        archive.writestr(CONTENTS, json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    return buffer.getvalue()


def _work_files(notebooks: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Name in the zip and path of each file, the most precious first."""
    if (scratch / "progress.json").is_file():
        yield "scratch_db/progress.json", scratch / "progress.json"
    for path in sorted(notebooks.glob("*.ipynb")):
        if not path.name.startswith("."):
            yield f"notebooks/{path.name}", path
    folders = sorted(path.parent for path in scratch.glob(f"*/{MARKER}") if not path.parent.name.startswith("."))
    for folder in folders:
        for inside in project_files(folder):
            yield f"scratch_db/{folder.name}/{inside.as_posix()}", folder / inside
    kept = [path for path in (scratch / "kept").rglob("*") if path.suffix in KEPT_SUFFIXES or path.name == MARKER]
    for path in sorted(kept, reverse=True):  # their names begin with the lesson's and end with the time: newest first
        if path.is_file() and not path.relative_to(scratch / "kept").parts[0].startswith("."):
            yield f"scratch_db/{path.relative_to(scratch).as_posix()}", path


def project_files(folder: Path) -> list[Path]:
    """What belongs to the work in a folder that the course made: its texts, marker and databases, inside it."""
    wanted = TEXT_SUFFIXES | {".db"}
    paths = (path for path in folder.rglob("*") if path.suffix in wanted or path == folder / MARKER)
    return sorted(path.relative_to(folder) for path in paths if path.is_file() and not path.is_symlink())


def _read(path: Path, limit: int) -> bytes:
    """The content of one file. Raises OSError where it is larger than ``limit``, or than a database may be."""
    is_database = path.suffix == ".db"
    size = path.stat().st_size
    if size > (min(limit, DATABASE_LIMIT) if is_database else limit):
        raise OSError(f"too large ({size:,} bytes)")
    return _read_database(path) if is_database else path.read_bytes()


def _read_database(path: Path) -> bytes:
    """A copy of a SQLite file as of one moment, without what a transaction that goes on has written.

    Raises an error of the driver's where the database is locked or damaged.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        engine = default_engine()
        engine.copy(engine.file_url(path), engine.file_url(copy))
        return copy.read_bytes()
