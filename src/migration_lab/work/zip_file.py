"""Read a zip of a learner's work, and refuse it in one line where anything in it isn't what such a zip holds.

It comes from outside: from another machine, perhaps unpacked and packed again there, perhaps not ours at all.
"""

from __future__ import annotations

import io
import json
import re
import stat
import unicodedata
import zipfile
import zlib
from typing import Any

from migration_lab.lessons import MARKER
from migration_lab.work.pack import CONTENTS, FILES_LIMIT, FORMAT, KEPT_SUFFIXES, TEXT_SUFFIXES, TOTAL_LIMIT

# Windows takes none of these in a name, nor its devices' names, nor a dot or a space at the end.
_PLAIN = re.compile(r'[^\x00-\x1f<>:"|?*\\/]*[^\x00-\x1f<>:"|?*\\/. ]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]*")


class WorkError(Exception):
    """The work can't be put back. The message is one line that says why."""


def read_zip(content: bytes) -> dict[str, bytes]:
    """The files in the zip ``content``, by name. Raises WorkError unless each of them belongs to a learner's work."""
    if len(content) > 2 * TOTAL_LIMIT:
        raise WorkError(f"The file is too large ({len(content):,} bytes) to be a learner's work.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = _read_files(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise WorkError(f"The file is no zip, or a damaged one: {_line(error)}") from error
    files = _without_top_folder(files)
    _check_contents(files.pop(CONTENTS, None))
    for name, data in files.items():
        _check_file(name, data)
    return files


def _read_files(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > 2 * FILES_LIMIT:
        raise WorkError(f"The zip holds {len(entries):,} files: more than a learner's work.")
    files: dict[str, bytes] = {}
    seen: set[str] = set()
    left = TOTAL_LIMIT + 2**20  # the list of contents comes on top
    for entry in entries:
        name = unicodedata.normalize("NFC", entry.filename)
        if name.startswith("__MACOSX/") or name.endswith("/.DS_Store"):
            continue  # what the Finder adds
        _check_name(name.removesuffix("/"))
        if entry.is_dir():
            continue
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise WorkError(f"The zip holds a link, {name!r}: that is no part of a learner's work.")
        if name.casefold() in seen:
            raise WorkError(f"The zip holds {name!r} twice.")
        seen.add(name.casefold())
        with archive.open(entry) as file:
            files[name] = file.read(left + 1)  # never more, whatever the zip says of its size
        left -= len(files[name])
        if left < 0:
            raise WorkError(f"The zip holds more than {TOTAL_LIMIT // 2**20} MiB: that is no learner's work.")
    return files


def _check_name(name: str) -> None:
    """Refuse a name that leads out of the folder it is meant for, or that not every system takes."""
    for part in name.split("/"):
        if part in ("", ".", "..") or not _PLAIN.fullmatch(part) or _DEVICE.fullmatch(part):
            raise WorkError(f"The zip holds a file with a name that can't be used: {name!r}")


def _without_top_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    """Take off the folder that a zip gets around it where someone unpacked it and packed it again."""
    tops = {name.partition("/")[0] for name in files}
    top = next(iter(tops), "") + "/"
    if len(tops) == 1 and f"{top}{CONTENTS}" in files:
        return {name.removeprefix(top): data for name, data in files.items()}
    return files


def _check_contents(data: bytes | None) -> None:
    about = _json(data) if data is not None else None
    if not isinstance(about, dict) or about.get("made_by") != "migration_lab":
        raise WorkError(f"The zip isn't one of this course's: it holds no {CONTENTS} of ours.")
    if about.get("format") != FORMAT:
        raise WorkError("The zip was made by another version of this course.")


def _check_file(name: str, data: bytes) -> None:
    """Refuse a file that has no place in a learner's work, or that would break the course in its place."""
    parts = name.split("/")
    suffix = "." + parts[-1].rpartition(".")[2]
    fits = False
    if parts[0] == "notebooks" and len(parts) == 2 and suffix == ".ipynb":
        fits = not parts[1].startswith(".") and is_notebook(_json(data))
    elif name == "scratch_db/progress.json":
        about = _json(data)
        fits = isinstance(about, dict) and isinstance(about.get("exercises"), dict)
    elif parts[:2] == ["scratch_db", "kept"] and len(parts) > 2:
        fits = not parts[2].startswith(".") and (suffix in KEPT_SUFFIXES or parts[-1] == MARKER)
    elif parts[0] == "scratch_db" and len(parts) == 3 and parts[-1] == MARKER:
        fits = bool(_FOLDER.fullmatch(parts[1])) and isinstance(_json(data), dict)
    elif parts[0] == "scratch_db" and len(parts) > 2:
        fits = bool(_FOLDER.fullmatch(parts[1])) and suffix in TEXT_SUFFIXES | {".db"}
    if not fits:
        raise WorkError(f"The zip holds {name!r}, which is no part of a learner's work, or damaged.")


def is_notebook(content: Any) -> bool:
    """True for the content of a notebook with cells that each have a source."""
    cells = content.get("cells") if isinstance(content, dict) else None
    return isinstance(cells, list) and all(isinstance(cell, dict) and "source" in cell for cell in cells)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
