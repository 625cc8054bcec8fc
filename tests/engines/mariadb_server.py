"""The MariaDB that the tests of its snapshot talk to, and fresh databases in it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from typing import Any

import pymysql
import pytest

from migration_lab.engines import find_engine
from migration_lab.engines.servers import Server

_numbers = count(1)


class MariaDBServer:
    """A running server, with databases made and dropped for tests."""

    def __init__(self, socket: str) -> None:
        self.socket = socket

    @contextmanager
    def database(self, options: str = "CHARACTER SET utf8mb4") -> Iterator[str]:
        """The name of a new database, dropped in the end."""
        name = f"lab_test_{next(_numbers)}"
        with closing(self.connect(None)) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(f"CREATE DATABASE {name} {options}")
            try:
                yield name
            finally:
                cursor.execute(f"DROP DATABASE {name}")

    def connect(self, database: str | None, **options: Any) -> Any:
        """A connection of PyMySQL, in autocommit unless told otherwise."""
        options = {"user": "root", "autocommit": True, **options}
        return pymysql.connect(unix_socket=self.socket, database=database, **options)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of that database."""
        return f"mysql+pymysql://root@/{database}?unix_socket={self.socket}"

    def copy(self, database: str, copy: str) -> None:
        """Dump the one database, and restore it into the other, which is empty."""
        where = ["--no-defaults", f"--socket={self.socket}", "--user=root", "--default-character-set=utf8mb4"]
        dump = ["mariadb-dump", *where, "--routines", "--events", "--triggers", database]
        text = subprocess.run(dump, capture_output=True, check=True).stdout
        restored = subprocess.run(["mariadb", *where, copy], input=text, capture_output=True)
        assert not restored.returncode, restored.stderr.decode(errors="replace")


def mariadb_server() -> MariaDBServer:
    """The engine's own server. Skips the test where there is none, or nothing to dump it with."""
    engine = find_engine("mariadb")
    if engine.missing or not shutil.which("mariadb-dump"):
        pytest.skip(engine.missing or "mariadb-dump is missing: apt install mariadb-client")
    assert isinstance(engine, Server)
    engine.ensure()
    return MariaDBServer(str(engine.home().query["unix_socket"]))
