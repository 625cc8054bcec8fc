"""The states that a lesson can start from, and how a project is built in one of them."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from pathlib import Path

from alembic import command

from migration_lab import sqlite
from migration_lab.alembic_project import PROJECT, imports_restored, project_config
from migration_lab.folder import copy_folder

REVISIONS = Path(__file__).parent / "revisions"

ADI_AND_JOHN = "INSERT INTO users (id, username, email) VALUES (1, 'adi', NULL), (2, 'john', NULL);"


@dataclass(frozen=True, slots=True)
class Stage:
    """The state that a lesson starts from.

    ``files`` are copied over the project's own: from path inside the project to the file to copy. The database is then
    upgraded to ``revision`` (None: there is no database yet), and ``seed``, a script of SQL, is run on it.
    """

    files: tuple[tuple[str, Path], ...] = ()
    revision: str | None = None
    seed: str = ""


_CREATE_USERS = ("migrations/versions/0001_create_users.py", REVISIONS / "0001_create_users.py")

EMPTY = Stage()
CREATED = Stage((_CREATE_USERS,), "0001")
SEEDED = Stage((_CREATE_USERS,), "0001", ADI_AND_JOHN)


def build_project(folder: Path, stage: Stage) -> None:
    """Make a new Alembic project in ``folder``, which must not exist, in the state ``stage``."""
    copy_folder(PROJECT, folder)
    (folder / "migrations" / "versions").mkdir(exist_ok=True)
    ini = folder / "alembic.ini"
    text = ini.read_text(encoding="utf-8")
    ini.write_text(text.replace("sqlite:///", f"{sqlite.url_scheme()}:///"), encoding="utf-8")
    for inside, source in stage.files:
        target = folder / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    if stage.revision is not None:
        with imports_restored():
            command.upgrade(project_config(folder, stdout=io.StringIO()), stage.revision)
    if stage.seed:
        connection = sqlite.driver().connect(folder / "app.db")
        try:
            connection.executescript(stage.seed)
            connection.commit()
        finally:
            connection.close()
