"""What everything else asks of a database that can be had, be it a file or on a server."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from migration_lab.engines.keeping import EngineError

MARK = "migration_lab_"
_LONGEST_NAME = 63  # PostgreSQL's, in bytes; MariaDB's and MySQL's is 64


@dataclass(frozen=True)
class Engine(ABC):
    """A kind of database. ``key`` is for code (``postgresql``), ``dialect`` is SQLAlchemy's name for its SQL.

    A method that reaches for the database raises EngineError, one line that says what to do, where it can't be had.
    """

    key: str
    dialect: str

    @property
    @abstractmethod
    def name(self) -> str:
        """For people, as in ``PostgreSQL 18.4``. Asking for it starts nothing."""

    @property
    def missing(self) -> str:
        """Why it can't be had here, with the one command that brings it; ``""`` where it can."""
        return ""

    @abstractmethod
    def url(self, folder: Path) -> sa.URL:
        """Where the database of a project folder is, made or not. Nothing is started."""

    @abstractmethod
    def exists(self, url: sa.URL) -> bool:
        """Whether there is such a database."""

    @abstractmethod
    def create(self, url: sa.URL) -> None:
        """Make an empty database, in place of an earlier one."""

    @abstractmethod
    def copy(self, source: sa.URL, target: sa.URL) -> None:
        """Copy a database as of one moment, in place of an earlier ``target``, also while others use ``source``.

        Raises EngineError where there is no ``source``.
        """

    @abstractmethod
    def drop(self, url: sa.URL) -> None:
        """Remove a database, also while others use it. Harmless where there is none."""

    def connect(self, url: sa.URL) -> sa.Engine:
        """A SQLAlchemy engine. It keeps no connection open between two uses."""
        return sa.create_engine(url, poolclass=NullPool)

    @abstractmethod
    def run(self, url: sa.URL, script: str) -> None:
        """Run a script of SQL, whose statements each end a line, and commit. Raises the driver's error.

        Numbers that it gave to rows itself are not given to new ones again.
        """

    @abstractmethod
    def in_transaction(self, url: sa.URL) -> bool:
        """Whether somebody has a transaction open that keeps others from writing."""

    @abstractmethod
    def storage(self, value: sa.ColumnElement[object]) -> sa.ColumnElement[str]:
        """SQL for the type that a value is really stored as."""


def database_name(folder: Path, salt: str = "") -> str:
    """The name of a folder's database on a server: the course's mark, the folder's name, and its path's digest."""
    path = folder.absolute()
    digest = hashlib.sha256(f"{salt}{path}".encode()).hexdigest()[:8]
    words = re.sub(r"[^a-z0-9]+", "_", path.name.lower()).strip("_")
    return f"{MARK}{words[: _LONGEST_NAME - len(MARK) - 9]}_{digest}"


def check_mark(url: sa.URL) -> str:
    """The name of a database that is the course's to make and drop. Raises EngineError for any other."""
    name = url.database or ""
    if not re.fullmatch(rf"{MARK}[a-z0-9_]+", name):
        raise EngineError(f"{name!r} isn't the course's: it makes and drops only databases named {MARK}...")
    return name


def url_text(url: sa.URL) -> str:
    """A URL as people write it, password included: SQLAlchemy's own text has '%2F' for each '/' in a socket's path."""
    plain = url.set(query={}).render_as_string(hide_password=False)
    query = "&".join(f"{key}={quote(str(value), safe='/')}" for key, value in url.query.items())
    return f"{plain}?{query}" if query else plain
