"""Let migrations reach their copy and no other database: what env.py, a migration or an ATTACH names is compared first.

A file is known by its identity, not its name: a link to the copy is the copy. Databases in memory are nobody's. A
database on a server is known by what the server says of itself, whatever the URL says.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import sqlalchemy as sa
from sqlalchemy import event

from migration_lab.engines import Engine

# By which words a server says which database a connection is on, by the driver's package.
_POSTGRESQL = "SELECT system_identifier::text, current_database()::text FROM pg_control_system()"
_MARIADB = "SELECT concat_ws(' ', @@hostname, @@port, @@socket, @@datadir), database()"
_SERVERS = {
    **dict.fromkeys(("psycopg", "psycopg2"), _POSTGRESQL),
    **dict.fromkeys(("pymysql", "MySQLdb", "mysql.connector", "mariadb"), _MARIADB),
}
_BY_DIALECT = {"postgresql": _POSTGRESQL, "mysql": _MARIADB, "mariadb": _MARIADB}
_FILES = {"sqlite.pysqlite", "sqlite.pysqlite3", "sqlite.aiosqlite"}
_SQLITE = "PRAGMA database_list"
# SQLite's documentation, "Authorizer Action Codes" and "Authorizer Return Codes".
_ATTACH, _OK, _DENY = 24, 0, 1


class RefusedError(Exception):
    """Something reached for another database than the copy. The message is one line that names it."""


class Guard:
    """Watches every way from this Python to a database, once installed. ``refused`` is the last line, or ``""``."""

    def __init__(self) -> None:
        self.refused = ""
        self.hurry = False  # whether what is written needn't be safe on the disk: nobody measures it any more
        self._watching = False
        self._files: tuple[Path, ...] = ()
        self._database: tuple[str, ...] | None = None

    def install(self) -> None:
        """Take the place of the drivers' ``connect``, and listen to SQLAlchemy's other dialects."""
        for name in ("sqlite3", "sqlite3.dbapi2", "pysqlite3", "pysqlite3.dbapi2"):
            with contextlib.suppress(ImportError):
                module = import_module(name)
                module.connect = self._guarded(module.connect)  # type: ignore[attr-defined]
        for name, who in _SERVERS.items():
            with contextlib.suppress(ImportError):
                module = import_module(name)
                module.connect = self._asked(module.connect, who)  # type: ignore[attr-defined]
        with contextlib.suppress(ImportError):
            psycopg: Any = import_module("psycopg")
            of_class = self._asked(psycopg.Connection.connect.__func__, _POSTGRESQL)
            psycopg.Connection.connect = classmethod(of_class)
            of_class = self._awaited(psycopg.AsyncConnection.connect.__func__)
            psycopg.AsyncConnection.connect = classmethod(of_class)
        with contextlib.suppress(ImportError):
            asyncpg: Any = import_module("asyncpg")
            asyncpg.connect = self._awaited(asyncpg.connect)
        event.listen(sa.Engine, "do_connect", self._connecting)
        event.listen(sa.pool.Pool, "connect", self._connected)

    @contextlib.contextmanager
    def only(self, engine: Engine, url: sa.URL) -> Iterator[None]:
        """In the ``with`` block, refuse all databases but that of ``url``; one on a server has to be there."""
        if engine.dialect == "sqlite":
            self._files, self._database = (Path(url.database or ""),), None
        else:
            self._files, self._database = (), _identity(engine.connect(url))
        self.refused, self.hurry, self._watching = "", False, True
        try:
            yield
        finally:
            self._watching = False

    @contextlib.contextmanager
    def all(self) -> Iterator[None]:
        """In the ``with`` block, refuse every database that is not in memory."""
        self._files, self._database, self.refused, self._watching = (), None, "", True
        try:
            yield
        finally:
            self._watching = False

    @contextlib.contextmanager
    def lifted(self) -> Iterator[None]:
        """In the ``with`` block, which runs nothing of the project, refuse nothing."""
        self._watching = False
        try:
            yield
        finally:
            self._watching = True

    def _guarded(self, connect: Callable[..., Any]) -> Callable[..., Any]:
        if getattr(connect, "guarded", False):
            return connect

        @functools.wraps(connect)
        def guarded(database: Any, *arguments: Any, **options: Any) -> Any:
            if not self._watching:
                return connect(database, *arguments, **options)
            named = os.fsdecode(database)
            self._check(_path_of(named) if options.get("uri") else named, "connects to")
            connection = connect(database, *arguments, **options)
            # A name may mean something else to SQLite than to us: ask what it opened, before it is used.
            for _, _, opened in connection.execute("PRAGMA database_list").fetchall():
                try:
                    self._check(opened, "connects to")
                except RefusedError:
                    connection.close()
                    raise
            if self.hurry:
                connection.execute("PRAGMA synchronous = OFF")
            connection.set_authorizer(self._authorize)
            return connection

        guarded.guarded = True  # type: ignore[attr-defined]
        return guarded

    def _authorize(self, action: int, name: str | None, *_: object) -> int:
        if action != _ATTACH:
            return _OK
        try:
            self._check(name, "attaches")
        except RefusedError:
            return _DENY
        return _OK

    def _asked(self, connect: Callable[..., Any], who: str) -> Callable[..., Any]:
        @functools.wraps(connect)
        def asked(*arguments: Any, **options: Any) -> Any:
            if not self._watching:
                return connect(*arguments, **options)
            if self._database is None:
                self._refuse("connects to", _server(options))
            connection = connect(*arguments, **options)
            try:
                said = _said(connection, who)
                if said != self._database:
                    self._refuse("connects to", f"the database {said[1]} on {_server(options)}")
            except BaseException:
                connection.close()
                raise
            return connection

        return asked

    def _awaited(self, connect: Callable[..., Any]) -> Callable[..., Any]:
        """The same of a driver of PostgreSQL's that is async."""

        @functools.wraps(connect)
        async def awaited(*arguments: Any, **options: Any) -> Any:
            connection = await connect(*arguments, **options)
            if not self._watching:
                return connection
            try:
                if hasattr(connection, "fetchrow"):
                    said = await connection.fetchrow(_POSTGRESQL)
                else:
                    said = await (await connection.execute(_POSTGRESQL)).fetchone()
                    await connection.rollback()
                if tuple(map(str, said)) != self._database:
                    self._refuse("connects to", f"the database {said[1]} on {_server(options)}")
            except BaseException:
                await connection.close()
                raise
            return connection

        return awaited

    def _connecting(self, dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
        """Refuse what isn't even of the copy's kind."""
        if self._watching and f"{dialect.name}.{dialect.driver}" not in _FILES:
            if dialect.name not in _BY_DIALECT:
                self._refuse("connects to", f"a database by the driver {dialect.driver}, which can't be watched,")
            if self._database is None:
                self._refuse("connects to", _server(options))

    def _connected(self, connection: Any, record: Any) -> None:
        """Whoever made the connection, as ``create_engine(creator=)`` does: ask the database, by SQLAlchemy's pool."""
        if not self._watching:
            return
        try:
            if (opened := _answer(connection, _SQLITE)) is not None:
                for _, _, name in opened:
                    self._check(name, "connects to")
                if hasattr(connection, "set_authorizer"):
                    connection.set_authorizer(self._authorize)
            elif self._database not in [_first(_answer(connection, who)) for who in (_POSTGRESQL, _MARIADB)]:
                self._refuse("connects to", "a server")
        except BaseException:
            connection.close()
            raise

    def _check(self, name: str | None, how: str) -> None:
        if not self._watching or name in ("", ":memory:"):
            return
        if name is None:
            self._refuse(how, "a database whose name can't be seen in the statement")
        elif not any(_same(Path(name), file) for file in self._files):
            self._refuse(how, str(Path(name).absolute()))

    def _refuse(self, how: str, what: str) -> None:
        self.refused = f"it {how} {what}, which is not the copy"
        raise RefusedError(f"Refused, before its first statement: {self.refused}")


def _identity(engine: sa.Engine) -> tuple[str, ...]:
    """What the server says of the database."""
    with contextlib.closing(engine.raw_connection()) as connection:
        return _said(connection, _BY_DIALECT[engine.dialect.name])


def _said(connection: Any, who: str) -> tuple[str, ...]:
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.execute(who)
        said = tuple(str(word) for word in cursor.fetchone())
    connection.rollback()
    return said


def _answer(connection: Any, who: str) -> list[Any] | None:
    """The rows of a question that this kind of database understands, else None."""
    try:
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(who)
            return list(cursor.fetchall())
    except Exception:
        return None
    finally:
        connection.rollback()


def _first(rows: list[Any] | None) -> tuple[str, ...]:
    return tuple(map(str, rows[0])) if rows else ()


def _server(options: dict[str, Any]) -> str:
    return f"the server at {options.get('unix_socket') or options.get('host') or 'its own host'}"


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()  # not made yet


def _path_of(uri: str) -> str:
    """The path in a SQLite URI (its documentation, "URI Filenames"); ``""`` for a database in memory."""
    if not uri.startswith("file:"):
        return uri
    parts = urlsplit(uri)
    path = unquote(parts.path)
    if parse_qs(parts.query).get("mode") == ["memory"] or path == ":memory:":
        return ""
    return path[1:] if sys.platform == "win32" and path[2:3] == ":" else path
