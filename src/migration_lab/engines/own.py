"""The learner's own server: any that SQLAlchemy reaches and that speaks PostgreSQL's or MySQL's SQL."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import sqlalchemy as sa

from migration_lab.engines.course import scratch_root
from migration_lab.engines.engine import MARK, Engine, database_name
from migration_lab.engines.keeping import EngineError
from migration_lab.engines.mariadb import MySQLDatabases
from migration_lab.engines.postgresql import PostgreSQLDatabases
from migration_lab.engines.servers import Server

VARIABLE = "MIGRATION_LAB_URL"
ALLOWED = "MIGRATION_LAB_URL_ALLOWED"
_NAMES = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB"}
_DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}


@dataclass(frozen=True)
class Own(Server):
    """A server that runs already. Before the first database there, the course asks."""

    address: sa.URL
    allowed: bool = False

    @property
    def name(self) -> str:
        """``PostgreSQL on db.example.org``."""
        return f"{_NAMES[self.address.get_backend_name()]} on {self._where}"

    @property
    def _where(self) -> str:
        socket = self.address.query.get("host") or self.address.query.get("unix_socket")
        return self.address.host or str(socket or "this machine")

    @property
    def missing(self) -> str:
        """See Engine."""
        try:
            self.home().get_dialect().import_dbapi()
        except ImportError as error:
            return f"the driver of {self.name} is missing: pip install {error.name}"
        except sa.exc.ArgumentError:
            return f"SQLAlchemy has no driver {self.address.drivername}: name another in {VARIABLE}"
        return ""

    def home(self) -> sa.URL:
        """See Server. An address with ``mariadb`` is MySQL's to SQLAlchemy, and spelt so."""
        dialect, _, driver = self.address.drivername.partition("+")
        name = f"{self.dialect}+{driver or _DRIVERS[dialect]}"
        database = self.address.database or ("postgres" if dialect == "postgresql" else None)
        return self.address.set(drivername=name, database=database)

    def url(self, folder: Path) -> sa.URL:
        """See Engine. Two machines can have a folder of the same path, and share this server."""
        return self.home().set(database=database_name(folder, salt=platform.node()))

    def ensure(self) -> int:
        """See Server. Raises EngineError where the driver is missing."""
        if self.missing:
            raise EngineError(self.missing)
        return 0

    def allow(self) -> None:
        """Ask, once for each server; the answer is kept in ``scratch_db``."""
        if self.allowed or os.environ.get(ALLOWED) in ("1", "yes"):
            return
        file = scratch_root() / ".servers" / "allowed.json"
        server = f"{self.dialect}://{self._where}:{self.address.port or ''}"
        try:
            known = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = []
        if server in known:
            return
        try:
            answer = input(f"May the course make and drop databases named {MARK}... on {self.name}? [y/n] ")
        except (EOFError, OSError, NotImplementedError):  # no one is there; the last is a notebook's without a page
            raise EngineError(
                f"nobody is here to allow the course to make databases named {MARK}... on {self.name}: set {ALLOWED}=1"
            ) from None
        if answer.strip().lower() not in ("y", "yes"):
            raise EngineError(f"the course may not make databases on {self.name}, so nothing was done there")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps([*known, server]) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class OwnPostgreSQL(Own, PostgreSQLDatabases):
    """A PostgreSQL, or what speaks like one."""

    def _create(self, connection: sa.Connection, name: str) -> None:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")  # some that speak like one know no templates

    def _drop(self, connection: sa.Connection, name: str) -> None:
        try:
            super()._drop(connection, name)
        except sa.exc.ProgrammingError:  # nor FORCE, which came with PostgreSQL 13
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")


@dataclass(frozen=True)
class OwnMySQL(Own, MySQLDatabases):
    """A MySQL or MariaDB."""


@dataclass(frozen=True)
class NoServer(Engine):
    """In the place of a server that wasn't named. ``why`` is one line."""

    why: str = f"your own server: name it in {VARIABLE}, like postgresql+psycopg://me@localhost/postgres"

    @property
    def name(self) -> str:
        """See Engine."""
        return "your own server"

    @property
    def missing(self) -> str:
        """See Engine."""
        return self.why

    def _refuse(self, *_: object) -> NoReturn:
        raise EngineError(self.why)

    url = exists = create = copy = drop = connect = run = in_transaction = storage = _refuse  # type: ignore[assignment]


def own_engine(address: str, *, allowed: bool = False) -> Own:
    """The engine on the server at ``address``, a SQLAlchemy URL. With ``allowed`` the course needn't ask first.

    Raises EngineError for what is no URL of such a server; the line doesn't repeat it, since it may hold a password.
    """
    try:
        url = sa.make_url(address)
    except (sa.exc.ArgumentError, ValueError):
        raise EngineError(
            "that is no URL as SQLAlchemy writes it, like postgresql+psycopg://me@localhost/postgres"
        ) from None
    dialect = url.get_backend_name()
    if dialect == "postgresql":
        return OwnPostgreSQL("url", "postgresql", url, allowed)
    if dialect in ("mysql", "mariadb"):
        return OwnMySQL("url", "mysql", url, allowed)
    raise EngineError(f"a server's URL begins with postgresql, mysql or mariadb, and that one with {dialect!r}")


def named_engine() -> Engine:
    """The engine on the server that ``MIGRATION_LAB_URL`` names, or one that says why there is none."""
    address = os.environ.get(VARIABLE, "")
    if not address:
        return NoServer("url", "")
    try:
        return own_engine(address)
    except EngineError as error:
        return NoServer("url", "", f"{VARIABLE}: {error}")
