"""Read the locks of any database, once or again and again over one connection."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from migration_lab.locks import mariadb, postgresql
from migration_lab.locks.sqlite import read_sqlite
from migration_lab.locks.values import Locks

_CONNECT_SECONDS = 2


class LocksUnreadable(Exception):
    """The locks can't be read. The message is a line in the engine's own words."""


class LockReader:
    """Reads the locks of the database of a URL, from one thread at a time. It takes no lock on what is the learner's.

    A server is asked over a connection that stays open until :meth:`let_go`. Of SQLite nothing stays open.
    """

    def __init__(self, url: str | sa.URL) -> None:
        self._url = sa.make_url(url)
        self._engine = sa.create_engine(self._url, poolclass=sa.NullPool)
        self._connection: Any = None

    def read(self, *, open_for: float = 0.0) -> Locks:
        """The sessions with an open transaction, their locks, and who waits for whom.

        Sessions that wait for nobody, and that nobody waits for, are left out until their transaction has been open
        for ``open_for`` seconds. Raises LocksUnreadable; the next call tries anew. MariaDB looks anew for who waits for
        a row only where nobody has asked for 0.1 seconds (its source, trx0i_s.cc): don't ask more often.
        """
        if self._url.get_backend_name() == "sqlite":
            return read_sqlite(Path(self._url.database or ""), self._engine.dialect.loaded_dbapi)
        try:
            if self._connection is None:
                self._connect()
            is_postgresql = self._url.get_backend_name() == "postgresql"
            with contextlib.closing(self._connection.cursor()) as cursor:
                locks = (postgresql.read_postgresql if is_postgresql else mariadb.read_mariadb)(cursor)
        except self._engine.dialect.loaded_dbapi.Error as error:
            self.let_go()
            raise LocksUnreadable(" ".join(str(error).split()) or type(error).__name__) from error
        return _without_passers_by(locks, time.time() - open_for) if open_for else locks

    def let_go(self) -> None:
        """Close the connection, which would keep the database from being copied or dropped."""
        if self._connection is not None:
            with contextlib.suppress(self._engine.dialect.loaded_dbapi.Error):
                self._connection.close()
        self._connection = None

    def _connect(self) -> None:
        arguments, options = self._engine.dialect.create_connect_args(self._url)
        options["connect_timeout"] = _CONNECT_SECONDS
        self._connection = self._engine.dialect.connect(*arguments, **options)
        # psycopg has a property, PyMySQL a method.
        if callable(self._connection.autocommit):
            self._connection.autocommit(True)
        else:
            self._connection.autocommit = True


def read_locks(url: str | sa.URL) -> Locks:
    """The locks of a database now: see :meth:`LockReader.read`."""
    reader = LockReader(url)
    try:
        return reader.read()
    finally:
        reader.let_go()


def _without_passers_by(locks: Locks, began_before: float) -> Locks:
    involved = {id for session in locks.waiting for id in (session.id, *session.behind)}
    return replace(
        locks,
        sessions=tuple(
            session
            for session in locks.sessions
            if session.id in involved or session.began is None or session.began < began_before
        ),
    )
