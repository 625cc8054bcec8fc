"""The start that most exercises share: the course's ``users`` table, with the files of the exercise's ``start/``."""

from __future__ import annotations

from pathlib import Path

from migration_lab.lessons import CREATED, Stage


def start(folder: Path, revision: str, seed: str) -> Stage:
    """A stage at ``revision`` with the SQL of ``seed``, made of ``folder/start``.

    ``models.py`` there is the project's; all other files are revisions. Without a 0001 among them, the course's own
    creates ``users`` with ``username`` and ``email``, both UNIQUE.
    """
    files: dict[str, Path] = {}
    for path in sorted((folder / "start").glob("*.py")):
        files["models.py" if path.name == "models.py" else f"migrations/versions/{path.name}"] = path
    if not any(inside.startswith("migrations/versions/0001") for inside in files):
        files.update(CREATED.files)
    return Stage(tuple(files.items()), revision, seed)
