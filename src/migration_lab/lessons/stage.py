"""The states that a lesson can start from, and how a project is built in one of them."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic import command

from migration_lab.engines import Engine, SQLite, default_engine, url_text
from migration_lab.lessons.replace import copy_folder
from migration_lab.migrations import alembic_alone, project_config, set_option

PROJECT = Path(__file__).parent / "project"
REVISIONS = Path(__file__).parent / "revisions"

ADI_AND_JOHN = "INSERT INTO users (id, username, email) VALUES (1, 'adi', NULL), (2, 'john', NULL);"


@dataclass(frozen=True, slots=True)
class Stage:
    """The state that a lesson starts from.

    ``files`` are copied over the project's own: from path inside the project to the file to copy. The database is then
    upgraded to ``revision`` (None: there is no database yet), and ``seed``, SQL of which each statement ends a line, is
    run on it.
    """

    files: tuple[tuple[str, Path], ...] = ()
    revision: str | None = None
    seed: str = ""


_CREATE_USERS = ("migrations/versions/0001_create_users.py", REVISIONS / "0001_create_users.py")

EMPTY = Stage()
CREATED = Stage((_CREATE_USERS,), "0001")
SEEDED = Stage((_CREATE_USERS,), "0001", ADI_AND_JOHN)


# A server of the course's runs while it is used: whoever asks in a terminal alone gets a line instead of a traceback.
_REACH = """def reach(engine):
    \"\"\"Connect, or say what to do.\"\"\"
    from alembic.util import CommandError
    from sqlalchemy.exc import OperationalError

    try:
        return engine.connect()
    except OperationalError as error:
        raise CommandError(
            f"{{error.orig}}\\n"
            "{0} runs while a notebook is open on it: run the cell that opens it."
        ) from error


"""


def build_project(folder: Path, stage: Stage, engine: Engine | None = None, *, home: Path | None = None) -> None:
    """Make a new Alembic project in ``folder``, which must not exist, in the state ``stage``.

    On ``engine``, by default the lessons' own. ``home`` is the folder that it will be moved to: by that one goes the
    name of a server's database. Raises BusyError where something else in this Python runs Alembic, EngineError where
    the server can't be had.
    """
    engine = engine or default_engine()
    copy_folder(PROJECT, folder)
    (folder / "migrations" / "versions").mkdir(exist_ok=True)
    for inside, source in stage.files:
        target = folder / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    url = engine.url(folder if isinstance(engine, SQLite) else home or folder)
    if isinstance(engine, SQLite):
        set_option(folder, "sqlalchemy.url", f"{engine.scheme}:///%(here)s/app.db")
    else:
        engine.create(url)
        point_to(folder, engine, url)
    if stage.revision is not None:
        with alembic_alone():
            command.upgrade(project_config(folder, stdout=io.StringIO()), stage.revision)
    if stage.seed:
        engine.run(url, stage.seed)


def point_to(folder: Path, engine: Engine, url: sa.URL) -> None:
    """Have a project's ``alembic.ini`` name this database of a server, and its env.py say what to do without one."""
    set_option(folder, "sqlalchemy.url", url_text(url).replace("%", "%%"))
    env = folder / "migrations" / "env.py"
    text = env.read_text(encoding="utf-8")
    if "def reach" not in text:
        head, rest = text.split("def run_migrations_offline", 1)
        rest = rest.replace("engine.connect()", "reach(engine)")
        env.write_text(f"{head}{_REACH.format(engine.name)}def run_migrations_offline{rest}", encoding="utf-8")
