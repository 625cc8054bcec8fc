"""Databases on a server: their names carry the course's mark, and the server is reached through one of its own."""

from __future__ import annotations

import functools
import re
import subprocess
import time
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from migration_lab.engines.course import scratch_root
from migration_lab.engines.engine import Engine, check_mark, database_name
from migration_lab.engines.keeper import Plan
from migration_lab.engines.keeping import EngineError, use

EXTRA = "pip install 'migration-lab[engines]'"
_DYING_SECONDS = 0.1


@dataclass(frozen=True)
class Server(Engine):
    """An engine on a server, whichever. A subclass knows how to reach it and how it speaks."""

    @abstractmethod
    def home(self) -> sa.URL:
        """The database from which others are made and dropped."""

    @abstractmethod
    def ensure(self) -> int:
        """See that the server runs, where that is the course's to do. Returns its process, else 0."""

    def allow(self) -> None:
        """See that the course may make databases there. Raises EngineError where it may not."""

    def url(self, folder: Path) -> sa.URL:
        """See Engine."""
        return self.home().set(database=database_name(folder))

    def connect(self, url: sa.URL) -> sa.Engine:
        """See Engine. Each connection brings the server back first where it is needed."""
        engine = super().connect(url)
        event.listen(engine, "do_connect", self._connect)
        return engine

    def _connect(self, dialect: Any, _: Any, words: tuple[Any, ...], options: dict[str, Any]) -> Any:
        process = self.ensure()
        try:
            return dialect.connect(*words, **options)
        except dialect.loaded_dbapi.Error:
            # A server that is being killed looks alive until it is dead.
            time.sleep(_DYING_SECONDS)
            if self.ensure() == process:
                raise
            return dialect.connect(*words, **options)

    @contextmanager
    def at_home(self) -> Iterator[sa.Connection]:
        """A connection for making and dropping databases, which no transaction can."""
        home = self.connect(self.home()).execution_options(isolation_level="AUTOCOMMIT")
        try:
            with home.connect() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            raise EngineError(f"{self.name}: {' '.join(str(error.orig).split())}") from error

    def create(self, url: sa.URL) -> None:
        """See Engine. Raises EngineError for a name without the course's mark."""
        name = check_mark(url)
        self.allow()
        with self.at_home() as connection:
            self._drop(connection, name)
            self._create(connection, name)

    def drop(self, url: sa.URL) -> None:
        """See Engine. Raises EngineError for a name without the course's mark."""
        name = check_mark(url)
        with self.at_home() as connection:
            self._drop(connection, name)

    def copy(self, source: sa.URL, target: sa.URL) -> None:
        """See Engine. Raises EngineError for a name without the course's mark."""
        old, new = check_mark(source), check_mark(target)
        self.allow()
        with self.at_home() as connection:
            if not self._exists(connection, old):
                raise EngineError(f"{self.name} has no database {old} to copy")
            self._drop(connection, new)
            self._copy(connection, old, new)

    def exists(self, url: sa.URL) -> bool:
        """See Engine."""
        with self.at_home() as connection:
            return self._exists(connection, url.database or "")

    def run(self, url: sa.URL, script: str) -> None:
        """See Engine."""
        with self.connect(url).begin() as connection:
            for statement in re.split(r";\s*(?:\n|$)", script):
                if statement.strip():
                    connection.exec_driver_sql(statement)
            self._count_on(connection)

    def _count_on(self, connection: sa.Connection) -> None:
        """Have new rows numbered after those that are there, where the engine doesn't by itself."""

    def in_transaction(self, url: sa.URL) -> bool:
        """See Engine."""
        with self.at_home() as connection:
            return self._in_transaction(connection, url.database or "")

    @abstractmethod
    def _in_transaction(self, connection: sa.Connection, name: str) -> bool: ...

    @abstractmethod
    def _exists(self, connection: sa.Connection, name: str) -> bool: ...

    @abstractmethod
    def _create(self, connection: sa.Connection, name: str) -> None: ...

    @abstractmethod
    def _drop(self, connection: sa.Connection, name: str) -> None: ...

    @abstractmethod
    def _copy(self, connection: sa.Connection, source: str, target: str) -> None: ...


class Kept:
    """What the servers that the course starts have in common: a folder of their own, and a keeper."""

    key: str
    loopback: bool
    """Whether it is reached on loopback with a password, as where there are no Unix sockets."""

    @property
    def folder(self) -> Path:
        """Where the server has its data, its socket and its log."""
        # Apart: what was made for a socket that only its owner can open lets everybody in.
        return scratch_root() / ".servers" / (f"{self.key}-loopback" if self.loopback else self.key)

    @property
    def missing(self) -> str:
        """See Engine."""
        raise NotImplementedError

    def plan(self) -> Plan:
        """How the server is made and run."""
        raise NotImplementedError

    def ensure(self) -> int:
        """Start the server where it isn't running, and use it while this process lives."""
        if self.missing:
            raise EngineError(self.missing)
        return use(self.plan())


@functools.cache
def version_of(program: str) -> str:
    """The version that a server's program tells: the first word with a dot that begins with a digit, up to a dash."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return next(word for word in said.split() if word[0].isdigit() and "." in word).partition("-")[0]
