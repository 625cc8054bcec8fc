"""Copies of a database on a server: by the server's own dump programs, into databases beside it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from migration_lab.engines import EngineError, Server, find_engine, postgresql_programs, version_of
from migration_lab.rehearsal.copied import Copies, Progress, megabytes
from migration_lab.rehearsal.report import RehearsalError
from migration_lab.rehearsal.rows_mariadb import MariaDBComparison
from migration_lab.rehearsal.rows_postgresql import PostgreSQLComparison
from migration_lab.rehearsal.workplace import database_name, database_prefix, in_use

_CHUNK = 1 << 20
_LOCALE = """SELECT pg_encoding_to_char(encoding), datcollate, datctype, to_jsonb(d) ->> 'datlocprovider',
coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')
FROM pg_database AS d WHERE datname = current_database()"""
_CHARACTERS = """SELECT default_character_set_name, default_collation_name FROM information_schema.schemata
WHERE schema_name = database()"""
_SIZES = {
    "postgresql": "SELECT pg_database_size(current_database())",
    "mysql": "SELECT coalesce(sum(data_length + index_length), 0) FROM information_schema.tables "
    "WHERE table_schema = database()",
}
_FOLDERS = {"postgresql": "SELECT current_setting('data_directory', true)", "mysql": "SELECT @@datadir"}
_LISTED = {
    "postgresql": "SELECT datname FROM pg_database WHERE datname LIKE :prefix",
    "mysql": "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE :prefix",
}
# What a server that is older than its dump program says of a setting that it doesn't know.
_HARMLESS = "unrecognized configuration parameter"


@dataclass(frozen=True)
class _Source:
    """``url`` is the source by a driver that isn't async, ``engine`` its server."""

    url: sa.URL
    engine: Server
    kind: str

    def ask(self, sql: str) -> list[Any]:
        """Rows of the source."""
        try:
            with self.engine.connect(self.url).connect() as connection:
                return list(connection.execute(sa.text(sql)))
        except sa.exc.DBAPIError as error:
            where = self.url.render_as_string(hide_password=True)
            raise RehearsalError(f"The database {where} can't be read: {_line(error.orig)}") from None


@contextmanager
def server_copies(source: sa.URL, folder: Path, progress: Progress, *, keep: bool) -> Iterator[Copies]:
    """Two copies on the source's server, dropped at the end of the ``with`` block. Raises RehearsalError."""
    known = _source(source)
    size = int(known.ask(_SIZES[known.kind])[0][0])
    _see_room(known, size)
    host = _host(known)
    elsewhere = "" if host is known.engine else f"{known.url.username} may not make databases on the source's server."
    home = host.home() if elsewhere else known.url
    before, copy = (home.set(database=database_name(folder, name)) for name in ("before", "copy"))
    with ExitStack() as stack, ExitStack() as kept:
        stack.callback(_drop, host, before)
        kept.callback(_drop, host, copy)
        try:
            _drop_left(known, host)
            for url in (copy, before):
                _create(known, host, url)
            if known.kind == "postgresql":
                _dump_postgresql(known, host, copy, size, progress)
                _beside(host, copy, before)
            else:
                _dump_mysql(known, copy, size, progress)
                known.engine.copy(copy, before)
        except EngineError as error:
            raise RehearsalError(_denied(known, str(error))) from None
        compare = PostgreSQLComparison if known.kind == "postgresql" else MariaDBComparison
        yield Copies(
            host,
            copy,
            copy.set(drivername=source.drivername) if elsewhere else source.set(database=copy.database),
            size,
            lambda: closing(compare(host, before, copy)),
            lambda: _restore(host, before, copy),
            elsewhere,
        )
        if keep:
            kept.pop_all()


def _source(source: sa.URL) -> _Source:
    kind = "postgresql" if source.get_backend_name() == "postgresql" else "mysql"
    driver = "psycopg" if kind == "postgresql" else "pymysql"
    url = source.set(drivername=f"{kind}+{driver}")
    if not url.database:
        raise RehearsalError(f"{source.render_as_string(hide_password=True)} names no database: write it at the end.")
    engine = find_engine(url.render_as_string(hide_password=False), allowed=True)
    if engine.missing:
        raise RehearsalError(f"{engine.missing}.")
    assert isinstance(engine, Server)
    return _Source(url, engine, kind)


def _host(known: _Source) -> Server:
    """The server for the copies: the source's, unless it allows none and a PostgreSQL of our own is as new."""
    allowed = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    if known.kind == "postgresql" and not known.ask(allowed)[0][0]:
        own = find_engine("postgresql")
        if not own.missing and isinstance(own, Server):
            version = "SHOW server_version_num"
            with own.at_home() as connection:
                if int(connection.exec_driver_sql(version).scalar_one()) >= int(known.ask(version)[0][0]):
                    return own
    return known.engine


def _see_room(known: _Source, size: int) -> None:
    """Refuse where the server is on this machine and its disk too full; of another machine's, nothing is known."""
    try:
        data = Path(known.ask(_FOLDERS[known.kind])[0][0])
        free = shutil.disk_usage(data).free
    except (RehearsalError, OSError, TypeError):
        return
    if free < 3 * size:
        what = f"A rehearsal of {known.url.database} takes {megabytes(3 * size)} in {data}"
        raise RehearsalError(f"{what}, which has {megabytes(free)} free: make room.")


def _create(known: _Source, host: Server, url: sa.URL) -> None:
    """An empty database with the source's encoding and order of letters; elsewhere it may not have that order."""
    words = ""
    if known.kind == "postgresql":
        encoding, collate, ctype, provider, locale = known.ask(_LOCALE)[0]
        collate, ctype = ("C", "C") if host is not known.engine else (collate, ctype)
        words = f" TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE '{collate}' LC_CTYPE '{ctype}'"
        if provider in ("i", "b") and host is known.engine:
            kind = "ICU" if provider == "i" else "BUILTIN"
            words += f" LOCALE_PROVIDER {kind.lower()} {kind}_LOCALE '{locale}'"
    else:
        characters, collation = known.ask(_CHARACTERS)[0]
        words = f" CHARACTER SET {characters} COLLATE {collation}"
    with host.at_home() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {url.database}{words}")


def _beside(host: Server, old: sa.URL, new: sa.URL) -> None:
    """PostgreSQL copies its own files, which is much faster than a second dump."""
    _drop(host, new)
    with host.at_home() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {new.database} TEMPLATE {old.database}")


def _restore(host: Server, before: sa.URL, copy: sa.URL) -> None:
    if host.dialect == "postgresql":
        _beside(host, before, copy)
    else:
        host.copy(before, copy)


def _drop(engine: Server, url: sa.URL) -> None:
    with contextlib.suppress(EngineError):
        engine.drop(url)


def _drop_left(known: _Source, host: Server) -> None:
    """Drop what rehearsals left that were killed."""
    prefix = database_prefix().replace("_", "\\_") + "%"
    used = in_use()
    with host.at_home() as connection:
        names = [row[0] for row in connection.execute(sa.text(_LISTED[known.kind]), {"prefix": prefix})]
    for name in names:
        if not any(name.startswith(one) for one in used):
            _drop(host, host.home().set(database=name))


def _dump_postgresql(known: _Source, host: Server, target: sa.URL, size: int, progress: Progress) -> None:
    server = str(known.ask("SHOW server_version")[0][0])
    major = int(server.split(".")[0])
    folders = {int(version_of(str(folder / "pg_dump")).split(".")[0]): folder for folder in postgresql_programs()}
    able = [one for one in sorted(folders) if one >= major and (folders[one] / "pg_restore").exists()]
    if not folders:
        raise RehearsalError("pg_dump and pg_restore are missing: apt install postgresql-client, or your system's.")
    if not able:
        raise RehearsalError(
            f"The server is PostgreSQL {server}, and pg_dump here is of version {max(folders)}: it has to be as new as "
            "the server: install postgresql-client of the server's version."
        )
    folder = folders[able[0]]
    environment = {**os.environ, "PGPASSWORD": str(known.url.password or "")}
    if not known.url.password:
        environment.pop("PGPASSWORD")
    old, new = (
        url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
        for url in (known.url, target)
    )
    # Another server doesn't know the source's roles.
    foreign = ["--no-owner", "--no-privileges"] if host is not known.engine else []
    _pump(
        [str(folder / "pg_dump"), "--format=custom", "--compress=0", "--no-subscriptions", f"--dbname={old}"],
        [str(folder / "pg_restore"), *foreign, f"--dbname={new}"],
        environment,
        size,
        progress,
    )
    # Through one of these a migration would write to another server.
    with host.connect(target).begin() as connection:
        for name, server in connection.execute(
            sa.text(
                "SELECT quote_ident(CASE umuser WHEN 0 THEN 'public' ELSE usename END), quote_ident(srvname) "
                "FROM pg_user_mappings"
            )
        ).all():
            connection.exec_driver_sql(f"DROP USER MAPPING IF EXISTS FOR {name} SERVER {server}")


def _dump_mysql(known: _Source, target: sa.URL, size: int, progress: Progress) -> None:
    dump, client = (_program(*names) for names in (("mariadb-dump", "mysqldump"), ("mariadb", "mysql")))
    if dump is None or client is None:
        raise RehearsalError("mariadb-dump and mariadb are missing: apt install mariadb-client, or your system's.")
    url = known.url
    options = [f"--user={url.username}"] if url.username else []
    socket = url.query.get("unix_socket")
    options += [f"--socket={socket}"] if socket else []
    options += [f"--host={url.host}"] if url.host and not socket else []
    options += [f"--port={url.port}"] if url.port and not socket else []
    environment = {**os.environ, "MYSQL_PWD": str(url.password or "")}
    whole = ["--single-transaction", "--quick", "--routines", "--triggers", "--events", "--hex-blob", "--skip-comments"]
    _pump(
        [dump, "--no-defaults", *options, *whole, str(url.database)],
        [client, "--no-defaults", *options, str(target.database)],
        environment,
        size,
        progress,
    )


def _program(*names: str) -> str | None:
    return next((found for name in names if (found := shutil.which(name))), None)


def _pump(dump: list[str], load: list[str], environment: dict[str, str], size: int, progress: Progress) -> None:
    """Send what one program writes to the other. Both are gone at the end, whatever comes."""
    with ExitStack() as stack:
        errors = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(2)]
        reading = subprocess.Popen(
            dump, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors[0], env=environment
        )
        stack.callback(_end, reading)
        writing = subprocess.Popen(
            load, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors[1], env=environment
        )
        stack.callback(_end, writing)
        assert reading.stdout is not None
        assert writing.stdin is not None
        sent = 0
        with contextlib.suppress(BrokenPipeError), writing.stdin as sink:
            while chunk := reading.stdout.read(_CHUNK):
                sink.write(chunk)
                sent += len(chunk)
                progress(max(size - sent, 0), max(size, 1))
        for process, said in ((reading, errors[0]), (writing, errors[1])):
            if process.wait() != 0:
                said.seek(0)
                lines = said.read().decode(errors="replace").strip().splitlines()
                bad = [line for line in lines if "error" in line.lower() and _HARMLESS not in line]
                if bad or not any(_HARMLESS in line for line in lines):
                    words = (bad or lines or ["no word of why"])[0]
                    raise RehearsalError(f"{Path(dump[0]).name} can't copy the database: {words}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    for channel in (process.stdin, process.stdout):
        if channel is not None:
            with contextlib.suppress(OSError):
                channel.close()


def _denied(known: _Source, words: str) -> str:
    if any(word in words.lower() for word in ("permission denied", "access denied")):
        name = known.url.username or "this user"
        grant = f"GRANT ALL ON `migration\\_lab\\_%`.* TO {name}"
        if known.kind == "postgresql":
            grant = f"ALTER ROLE {name} CREATEDB"
        return f"{name} may not make a database for the copy ({words}): {grant}, or name another user in --url."
    return words


def _line(error: object) -> str:
    return " ".join(str(error).split())
