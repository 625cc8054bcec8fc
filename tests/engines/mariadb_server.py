"""A MariaDB server of the tests' own, in a folder of its own and on a socket alone."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pymysql
import pytest

_START_SECONDS = 60
_numbers = count(1)


class MariaDBServer:
    """A running server, with databases made and dropped for tests."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "socket"

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
        return pymysql.connect(unix_socket=str(self.socket), database=database, **options)

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


@contextmanager
def mariadb_server() -> Iterator[MariaDBServer]:
    """Start a server in a folder whose path is short enough for a socket, and end it by its own process id.

    Skips the test where there is no MariaDB.
    """
    missing = [name for name in ("mariadbd", "mariadb-install-db", "mariadb-dump") if not shutil.which(name)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found: apt install mariadb-server")
    folder = Path(tempfile.mkdtemp(prefix="lab-maria-"))
    data, log = folder / "data", folder / "log"
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db"]
    subprocess.run([*install, "--auth-root-authentication-method=normal"], check=True, capture_output=True)
    server = ["mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", "--skip-networking"]
    server += [f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}", "--innodb-flush-log-at-trx-commit=0"]
    with log.open("wb") as written:
        process = subprocess.Popen([*server, "--character-set-server=utf8mb4"], stdout=written, stderr=written)
    try:
        started = MariaDBServer(folder)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with suppress(pymysql.OperationalError):
                started.connect(None).close()
                break
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < deadline, log.read_text(errors="replace")
            time.sleep(0.05)
        yield started
    finally:
        process.terminate()
        process.wait(_START_SECONDS)
        shutil.rmtree(folder)
