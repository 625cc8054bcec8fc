"""MariaDB, from a ``mariadbd`` on the PATH; and how MySQL and MariaDB make, copy and drop databases."""

from __future__ import annotations

import contextlib
import getpass
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa

from migration_lab.engines.keeper import LOOPBACK, Plan
from migration_lab.engines.keeping import EngineError
from migration_lab.engines.loopback import NO_SOCKETS, door, write_privately
from migration_lab.engines.mysql_copy import copy_database
from migration_lab.engines.servers import EXTRA, Kept, Server, version_of

_CHARACTERS = "CHARACTER SET utf8mb4"

# For a learner's machine: small, on a Unix socket or loopback alone, and as safe as ever.
_SMALL = ["--innodb-buffer-pool-size=8M", "--innodb-log-file-size=8M", "--aria-pagecache-buffer-size=8M"]
# Only by its performance_schema does MariaDB tell who holds a table's metadata lock, and what a session ran last. That,
# and nothing else: as it comes, it takes 100 MB; like this, 4 (measured).
_WATCHED = [
    "--performance-schema=ON",
    "--performance-schema-instrument=%=OFF",
    "--performance-schema-instrument=wait/lock/metadata/sql/mdl=ON",
    "--performance-schema-instrument=statement/%=ON",
    "--performance-schema-consumer-events-statements-current=ON",
    "--performance-schema-max-thread-instances=80",
    "--performance-schema-max-statement-stack=1",
    *(
        f"--performance-schema-{unused}=0"
        for unused in (
            "digests-size",
            "accounts-size",
            "hosts-size",
            "users-size",
            "max-memory-classes",
            "max-table-instances",
            "events-statements-history-size",
            "events-statements-history-long-size",
            "events-waits-history-long-size",
        )
    ),
]
_SETTINGS = [
    *_SMALL,
    "--key-buffer-size=8M",
    "--max-connections=50",
    *_WATCHED,
    "--skip-name-resolve",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--lc-messages=en_US",
]
# What mariadb-install-db feeds the server, too, in this order. That script is no use here: it needs programs of another
# package, and Debian's package that has them all starts a server for the whole machine.
_SYSTEM_TABLES = (
    "mysql_system_tables.sql",
    "mysql_performance_tables.sql",
    "mysql_system_tables_data.sql",
    "maria_add_gis_sp_bootstrap.sql",
    "mysql_sys_schema.sql",
)
_FIRST = "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n"
# And where there is a password: root's, by hand, since a server that makes its tables knows no accounts.
_PASSWORD = """UPDATE mysql.global_priv SET Priv = JSON_SET(
Priv, '$.plugin', 'mysql_native_password', '$.authentication_string', PASSWORD('{}')) WHERE User = 'root';
"""
_OPEN = """SELECT count(*) FROM information_schema.innodb_trx AS t JOIN information_schema.processlist AS p
ON p.id = t.trx_mysql_thread_id WHERE p.db = :name"""


class MySQLDatabases(Server):
    """How MariaDB and MySQL make, copy and drop databases, whoever started them."""

    def storage(self, value: sa.ColumnElement[object]) -> sa.ColumnElement[str]:
        """See Engine. It is the column's type, which only the catalogue tells: ``value`` must be a table's column."""
        column = sa.table("columns", *map(sa.column, ("table_schema", "table_name", "column_name", "column_type")))
        column.schema = "information_schema"
        table = getattr(value, "table", None)
        found = sa.select(column.c.column_type).where(
            column.c.table_schema == sa.func.database(), column.c.column_name == getattr(value, "name", "")
        )
        if table is not None:
            found = found.where(column.c.table_name == table.name)
        return found.limit(1).scalar_subquery()

    def _in_transaction(self, connection: sa.Connection, name: str) -> bool:
        """See Server."""
        return bool(connection.execute(sa.text(_OPEN), {"name": name}).scalar_one())

    def _exists(self, connection: sa.Connection, name: str) -> bool:
        found = connection.execute(
            sa.text("SELECT 1 FROM information_schema.schemata WHERE schema_name = :name"), {"name": name}
        )
        return found.first() is not None

    def _create(self, connection: sa.Connection, name: str) -> None:
        connection.exec_driver_sql(f"CREATE DATABASE {name} {_CHARACTERS}")

    def _drop(self, connection: sa.Connection, name: str) -> None:
        # It would wait for whoever has read a table and not ended the transaction.
        users = sa.text("SELECT id FROM information_schema.processlist WHERE db = :name AND id <> connection_id()")
        for user in connection.execute(users, {"name": name}).scalars().all():
            with contextlib.suppress(sa.exc.DBAPIError):  # it has just gone by itself
                connection.exec_driver_sql(f"KILL {user}")
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")

    def _copy(self, connection: sa.Connection, source: str, target: str) -> None:
        row = connection.execute(
            sa.text(
                "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata "
                "WHERE schema_name = :name"
            ),
            {"name": source},
        ).one()
        connection.exec_driver_sql(f"CREATE DATABASE {target} CHARACTER SET {row[0]} COLLATE {row[1]}")
        try:
            copy_database(self.home().set(database=source), self.home().set(database=target))
        except BaseException:
            self._drop(connection, target)
            raise


@dataclass(frozen=True)
class MariaDB(Kept, MySQLDatabases):
    """The MariaDB on the PATH."""

    grace: float = 10.0
    loopback: bool = NO_SOCKETS

    @property
    def _program(self) -> str:
        # Debian has it in /usr/sbin, which isn't on everyone's PATH.
        return shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin") or ""

    @property
    def _system_tables(self) -> Path | None:
        """The folder of the SQL that makes a server's own tables."""
        share = Path(self._program).resolve().parents[1] / "share"
        return next(
            (share / name for name in ("mysql", "mariadb") if (share / name / _SYSTEM_TABLES[0]).exists()), None
        )

    @property
    def name(self) -> str:
        """See Engine."""
        return f"MariaDB {self._version}" if self._program else "MariaDB"

    @property
    def _version(self) -> str:
        return version_of(self._program)

    @property
    def missing(self) -> str:
        """See Engine."""
        if not self._program:
            return "MariaDB is missing: apt install mariadb-server-core"
        if find_spec("pymysql") is None:
            return f"MariaDB's driver is missing: {EXTRA}"
        return ""

    def home(self) -> sa.URL:
        """See Server."""
        # Nothing leaves this machine that would have to be encrypted, and PyMySQL reads the system's certificates for
        # each connection all the same: 28 ms (measured).
        query = {"charset": "utf8mb4", "ssl_disabled": "true"}
        home = sa.URL.create("mysql+pymysql", username="root", database="mysql", query=query)
        if self.loopback:
            found = door(self.folder)
            return home.set(host=LOOPBACK, port=found.port, password=found.password)
        return home.update_query_dict({"unix_socket": str(self.folder / "mariadb.sock")})

    def plan(self) -> Plan:
        """See Kept. It runs as whoever works here, root included: unlike PostgreSQL, it takes root at its word."""
        folder, scripts = self.folder, self._system_tables
        if scripts is None:
            raise EngineError(f"{self.name} has no {_SYSTEM_TABLES[0]} beside it: apt install mariadb-server-core")
        # Of its own, since a server that starts removes all temporary tables that it finds in /tmp: others' too.
        made_of, socket = [str(scripts / name) for name in _SYSTEM_TABLES], str(folder / "mariadb.sock")
        place, network = socket, ["--skip-networking"]
        if self.loopback:
            found = door(folder)
            place, network = found.address, [f"--bind-address={LOOPBACK}", f"--port={found.port}"]
            password = found.file.with_suffix(".sql")
            if not password.exists():
                write_privately(password, _PASSWORD.format(found.password))
            made_of.append(str(password))
        common = [self._program, "--no-defaults", f"--user={getpass.getuser()}", f"--tmpdir={folder}"]
        return Plan(
            name=self.name,
            kind=self.key,
            version=".".join(self._version.split(".")[:2]),
            folder=str(folder),
            make=[*common, "--bootstrap", f"--datadir={folder / 'data.new'}", *_SMALL],
            made_of=made_of,
            made_by=_FIRST,
            start=[
                *common,
                f"--datadir={folder / 'data'}",
                f"--socket={socket}",
                f"--pid-file={folder / 'data' / 'mariadbd.pid'}",
                *network,
                *_SETTINGS,
            ],
            environment={},
            server_socket=place,
            process_file=str(folder / "data" / "mariadbd.pid"),
            ready_word="",
            stop_signal=15,  # SIGTERM
            kill_signal=9,
            grace=self.grace,
            as_root=True,
        )
