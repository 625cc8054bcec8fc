"""The state that the lesson of the rolling deploy starts from: the app's project over the course's own."""

from __future__ import annotations

from pathlib import Path

from migration_lab.lessons import SEEDED, Stage

_PROJECT = Path(__file__).parent / "project"


def _files(folder: Path) -> dict[str, Path]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path for path in found}


APP = Stage((*SEEDED.files, *_files(_PROJECT).items()), "0001", SEEDED.seed)
