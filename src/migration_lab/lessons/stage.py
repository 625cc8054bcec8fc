"""The states that a lesson can start from, and how a project is built in one of them."""

from __future__ import annotations

import io
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from alembic import command

from migration_lab.engines import SQLite, default_engine
from migration_lab.lessons.replace import copy_folder
from migration_lab.migrations import alembic_alone, project_config

PROJECT = Path(__file__).parent / "project"
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


def build_project(folder: Path, stage: Stage, engine: SQLite | None = None) -> None:
    """Make a new Alembic project in ``folder``, which must not exist, in the state ``stage``.

    On ``engine``, by default the lessons' own. Raises BusyError where something else in this Python runs Alembic.
    """
    engine = engine or default_engine()
    copy_folder(PROJECT, folder)
    (folder / "migrations" / "versions").mkdir(exist_ok=True)
    ini = folder / "alembic.ini"
    text = ini.read_text(encoding="utf-8")
    ini.write_text(text.replace("sqlite:///", f"{engine.scheme}:///"), encoding="utf-8")
    for inside, source in stage.files:
        target = folder / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    if stage.revision is not None:
        with alembic_alone():
            command.upgrade(project_config(folder, stdout=io.StringIO()), stage.revision)
    if stage.seed:
        with closing(engine.module.connect(folder / "app.db")) as connection:
            connection.executescript(stage.seed)
            connection.commit()
