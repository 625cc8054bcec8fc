"""Somebody's own Alembic project, as its alembic.ini or pyproject.toml has it."""

from __future__ import annotations

import ast
import io
import os
from collections.abc import Iterable, Iterator
from configparser import Error as ConfigurationError
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import Revision, RevisionError, RevisionMap
from alembic.util.exc import CommandError

from migration_lab.migrations import imports_restored
from migration_lab.rehearsal.plan import Own, Reading
from migration_lab.rehearsal.process import Rehearsals
from migration_lab.rehearsal.report import Finding, Place, RehearsalError

_TOML = "pyproject.toml"
# What the templates of 'alembic init' have in the place of an address.
_PLACEHOLDER = "driver://user:pass@localhost/dbname"
_APPLICATION = ("__tablename__", "declarative_base(", "DeclarativeBase", "Mapped[", "db.Model", "SQLModel")


@dataclass(frozen=True)
class Project:
    """``url`` is the database's address. ``script`` knows its revisions when a child process has read them."""

    ini: Path | None
    toml: Path | None
    url: sa.URL
    script: ScriptDirectory

    @classmethod
    def read(cls, config: Path, url: str | sa.URL | None) -> Project:
        """The project of that file. Raises RehearsalError where it can't be rehearsed."""
        if not config.is_file():
            hint = f": name {config / 'alembic.ini'}" if config.is_dir() else ": name one with --config"
            raise RehearsalError(f"There is no file {config}{hint}.")
        toml = config.with_name(_TOML)
        ini: Path | None = config if config.name != _TOML else config.with_name("alembic.ini")
        if ini is not None and not ini.is_file():
            ini = None
        try:
            found_toml = toml if toml.is_file() and b"[tool.alembic" in toml.read_bytes() else None
            alembic = _config(ini, found_toml)
            databases = alembic.get_main_option("databases")
            address = alembic.get_main_option("sqlalchemy.url") or ""
            with imports_restored():
                script = ScriptDirectory.from_config(alembic)
        except (CommandError, ConfigurationError, ValueError, OSError) as error:
            raise RehearsalError(f"{config} is no configuration that Alembic can read: {_line(error)}") from None
        if databases:
            raise RehearsalError(
                f"{config} names several databases ({' '.join(databases.split())}), and a rehearsal takes one: write a "
                "configuration with one sqlalchemy.url and its own env.py, and name it with --config."
            )
        return cls(ini, found_toml, _address(config, url, address), script)

    def read_revisions(self, running: Rehearsals) -> None:
        """Have the migrations read, which imports them. Raises RehearsalError where they can't be."""
        found = running.read(Reading(Path.cwd(), self.ini, self.toml))
        if found.error:
            raise RehearsalError(f"The migrations can't be read: {found.error}.")
        self.script.revision_map = RevisionMap(lambda: found.revisions)
        try:
            self.script.get_heads()
        except (CommandError, RevisionError, KeyError) as error:
            raise RehearsalError(f"The migrations can't be read: {_line(error)}") from None

    def own(self, copy: sa.URL) -> Own:
        """How to run it on a copy of its database."""
        text = self.url.render_as_string(hide_password=False)
        folders = tuple(Path(location) for location in self.script._version_locations)
        return Own(self.ini, self.toml, copy.render_as_string(hide_password=False), (text,), folders)

    def check_target(self, to: str) -> None:
        """Raises RehearsalError where there is no revision ``to``, or several are ``head``."""
        try:
            heads = tuple(self.script.get_heads())
            if not heads:
                folders = ", ".join(map(str, self.script._version_locations))
                raise RehearsalError(f"There are no migrations in {folders}: write one with 'alembic revision'.")
            if to == "head" and len(heads) > 1:
                raise RehearsalError(
                    f"The project has {len(heads)} heads ({', '.join(heads)}), and 'upgrade head' refuses: merge them "
                    "with 'alembic merge heads', or name one with --to."
                )
            self.script.get_revisions(to)
        except CommandError as error:
            raise RehearsalError(f"There is no revision {to!r} to go to: {_line(error)}") from None

    def pending(self, to: str, at: tuple[str, ...]) -> list[Script]:
        """The revisions between where the database is at and ``to``, the first one first."""
        try:
            return list(reversed(list(self.script.iterate_revisions(to, at or "base"))))
        except (CommandError, RevisionError) as error:
            raise RehearsalError(
                f"The database is at {', '.join(at)}, from where no way leads up to {to!r}: {_line(error)}"
            ) from None

    def warnings(self, to: str, pending: list[Script]) -> Iterator[Finding]:
        """What can be seen without a database."""
        heads = self.script.get_heads()
        if len(heads) > 1:
            yield Finding(
                "several-heads",
                "",
                "",
                f"The project has {len(heads)} heads, so that a plain 'alembic upgrade head' refuses.",
                "Merge them: alembic merge heads.",
                samples=tuple(heads),
                count=len(heads),
            )
        for script in pending:
            yield from self._imports(script)

    def _imports(self, script: Script) -> Iterator[Finding]:
        path = Path(script.path)
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError):
            return
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found = next((name for name in names if self._has_models(name)), None)
            if found is not None:
                yield Finding(
                    "imports-application",
                    "",
                    found,
                    f"The migration imports {found}: with next year's models it won't do what it does today.",
                    "Write the tables that it needs into the migration: sa.table('users', sa.column('id'), ...).",
                    script.revision,
                    Place(str(path), getattr(node, "lineno", 1)),
                )
                return

    def _has_models(self, module: str) -> bool:
        """Whether a module of that name lies in the project and holds models."""
        for root in self._roots():
            base = root.joinpath(*module.split("."))
            for file in (base.with_suffix(".py"), base / "__init__.py"):
                if file.is_file():
                    text = file.read_text(encoding="utf-8", errors="replace")
                    return any(word in text for word in _APPLICATION)
        return False

    def _roots(self) -> list[Path]:
        here = [file.parent for file in (self.ini, self.toml) if file is not None]
        return [Path.cwd(), *here, *(folder / "src" for folder in here)]


class Written(Revision):
    """A revision and its file, as far as they can be sent to another process."""

    def __init__(self, script: Script) -> None:
        down, others = (_tuple(one) for one in (script.down_revision, script.dependencies))
        super().__init__(script.revision, down, others, tuple(script._orig_branch_labels))
        self.path = script.path


def read_revisions(ini: Path | None, toml: Path | None) -> tuple[Written, ...]:
    """All revisions of a project, in no order. Raises whatever its migrations do when they are imported."""
    return tuple(map(Written, ScriptDirectory.from_config(_config(ini, toml))._load_revisions()))


def _tuple(revisions: str | Iterable[str] | None) -> tuple[str, ...]:
    return (revisions,) if isinstance(revisions, str) else tuple(revisions or ())


def own_config(own: Own) -> Config:
    """The Alembic Config of the project, with the copy's address in it."""
    config = _config(own.ini, own.toml)
    config.set_main_option("sqlalchemy.url", own.address.replace("%", "%%"))
    for name, value in list(os.environ.items()):
        if value in own.instead_of:
            os.environ[name] = own.address
    return config


def difference_in_words(difference: Any) -> str:
    """One of the differences that Alembic's autogenerate found, in a few words."""
    if isinstance(difference, list):  # several attributes of one column
        return "; ".join(map(difference_in_words, difference))
    kind, *details = difference
    if str(kind).startswith("modify_"):
        _, table, column, _, old, new = details
        return f"{kind} {table}.{column}: {old!r} in the database, {new!r} in the models"
    words = []
    for one in details:
        table = getattr(one, "table", None)
        name = getattr(one, "name", None) or (one if isinstance(one, str) else None)
        columns = ", ".join(column.name for column in getattr(one, "columns", ())) if table is not None else ""
        if isinstance(one, sa.Column) or one is None:
            words.append(str(name or ""))
        else:
            words.append(" ".join(filter(None, (table.name if table is not None else "", str(name or ""), columns))))
    return f"{kind} {'.'.join(word for word in words if word)}"


def _config(ini: Path | None, toml: Path | None) -> Config:
    return Config(ini, toml_file=toml, stdout=io.StringIO(), attributes={"configure_logger": False})


def _address(config: Path, url: str | sa.URL | None, configured: str) -> sa.URL:
    given = url or configured
    if not given or given == _PLACEHOLDER:
        raise RehearsalError(f"{config} names no database in sqlalchemy.url: name one with --url.")
    try:
        return sa.make_url(given)
    except (sa.exc.ArgumentError, ValueError):
        where = "--url" if url else f"sqlalchemy.url in {config}"
        raise RehearsalError(f"{where} is no URL as SQLAlchemy writes it, like sqlite:///app.db.") from None


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
