"""The zoo: hazards of migrations, a folder each, and how one becomes a database and a project to rehearse.

``hazard.toml`` says ``what`` happens, on which ``engines``, with which rows (``seed``), and which ``findings`` a
rehearsal must have: rule, table, name. A section ``[sqlite]``, ``[postgresql]`` or ``[mysql]`` says what is otherwise
on that dialect. ``migration.py`` is the hazard; ``twin.py`` wants the same and harms nothing. Where there are several
revisions, their names begin so. A folder without findings is harmless by itself. ``shape`` is a public change of that
shape (owner/repository#number), from which nothing is copied; ``foreign_keys`` has the project enforce them on SQLite.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from migration_lab.engines import Engine, Server, url_text

ALL = ("sqlite", "sqlite-modern", "postgresql", "mariadb")
START = "0001"
_INI = """\
[alembic]
script_location = %(here)s/migrations
prepend_sys_path = %(here)s
path_separator = os
sqlalchemy.url = {url}
foreign_keys = {foreign_keys}
"""
_FIRST = f'revision = "{START}"\ndown_revision = None\n\n\ndef upgrade() -> None:\n    pass\n'
_VERSION = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, PRIMARY KEY (version_num));\n"
    f"INSERT INTO alembic_version VALUES ('{START}');\n"
)


@dataclass(frozen=True)
class Hazard:
    """One folder of the zoo."""

    folder: Path
    told: dict[str, Any]

    @property
    def name(self) -> str:
        """As in ``rebuild_loses_trigger``."""
        return self.folder.name

    @property
    def title(self) -> str:
        """The name for people."""
        return self.name.replace("_", " ").capitalize()

    @property
    def engines(self) -> tuple[str, ...]:
        """The keys of the engines that it lives on."""
        return tuple(self.told.get("engines", ALL))

    @property
    def goal(self) -> str:
        """Where the upgrade goes."""
        return str(self.told.get("to", "head"))

    @property
    def kinds(self) -> tuple[str, ...]:
        """``migration`` and ``twin``, or the first alone."""
        return ("migration", "twin") if self.files("twin") else ("migration",)

    def on(self, engine: Engine, word: str) -> Any:
        """What hazard.toml says of ``word`` for this engine."""
        return self.told.get(engine.dialect, {}).get(word, self.told.get(word))

    def findings(self, engine: Engine) -> set[tuple[str, str, str]]:
        """Rule, table and name of all that a rehearsal of the migration must find, and nothing else."""
        return {(rule, table, name) for rule, table, name in self.on(engine, "findings") or ()}

    def files(self, kind: str) -> list[Path]:
        """The revisions of one kind."""
        return sorted(self.folder.glob(f"{kind}*.py"))

    def build(self, kind: str, engine: Engine, folder: Path) -> Path:
        """Make the database and the project in ``folder``, at the revision before. Returns its alembic.ini."""
        versions = folder / "migrations" / "versions"
        versions.mkdir(parents=True)
        url = engine.url(folder)
        engine.create(url)
        engine.run(url, _VERSION + self.on(engine, "seed"))
        (versions / f"{START}_start.py").write_text(_FIRST, encoding="utf-8")
        for file in self.files(kind):
            shutil.copyfile(file, versions / file.name)
        shutil.copyfile(self.folder.parent / "env.py", folder / "migrations" / "env.py")
        if (self.folder / "models.py").exists():
            shutil.copyfile(self.folder / "models.py", folder / "models.py")
        ini = folder / "alembic.ini"
        keys = "on" if self.told.get("foreign_keys") and engine.dialect == "sqlite" else "off"
        ini.write_text(_INI.format(url=url_text(url).replace("%", "%%"), foreign_keys=keys), encoding="utf-8")
        return ini


@cache
def in_a_hurry(engine: Engine) -> None:
    """Have a server of one's own write nothing through to the disk: its databases are made and dropped in no time."""
    if isinstance(engine, Server) and engine.dialect == "postgresql":
        with engine.at_home() as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
            connection.exec_driver_sql("SELECT pg_reload_conf()")


def hazards(folder: Path) -> Iterator[Hazard]:
    """All of the zoo in ``folder``, by name."""
    for file in sorted(folder.glob("*/hazard.toml")):
        yield Hazard(file.parent, tomllib.loads(file.read_text(encoding="utf-8")))
