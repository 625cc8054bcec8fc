"""The PostgreSQLs that the tests of the engines talk to, and fresh databases in them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from migration_lab.engines import find_engine
from migration_lab.engines.postgresql import PostgreSQL

_numbers = count(1)


class Server:
    """The engine's own server, with databases made and dropped for tests; ``version`` is its major version."""

    def __init__(self, key: str) -> None:
        engine = find_engine(key)
        assert isinstance(engine, PostgreSQL)
        if engine.missing:
            pytest.skip(engine.missing)
        engine.ensure()
        plan = engine.plan()
        self.version = int(plan.version)
        self.folder = engine.folder
        self._programs = Path(plan.start[0]).parent
        with self.connect("postgres", autocommit=True) as connection:  # a database is made and dropped in no time
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The name of a new database, dropped in the end."""
        name = f"lab_test_{next(_numbers)}"
        with self.connect("postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            try:
                yield name
            finally:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def connect(self, database: str, **options: Any) -> psycopg.Connection[Any]:
        """A connection to that database, of the server's own user unless another is named."""
        options.setdefault("user", "postgres")
        return psycopg.connect(host=str(self.folder), dbname=database, **options)

    def url(self, database: str, user: str = "postgres") -> str:
        """The SQLAlchemy URL of that database."""
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}"

    def copy(self, database: str, copy: str) -> None:
        """Dump the one database, and restore it into the other, which is empty."""
        self.script(copy, self.dump(database))

    def dump(self, database: str) -> bytes:
        """What pg_dump writes of it."""
        return self._run("pg_dump", *self._where, "--dbname", database)

    def script(self, database: str, script: bytes) -> None:
        """Have psql run a script there."""
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", database]
        self._run("psql", *self._where, *options, script=script)

    @property
    def _where(self) -> list[str]:
        return ["--host", str(self.folder), "--username", "postgres"]

    def _run(self, program: str, *arguments: str, script: bytes = b"") -> bytes:
        # Bytes, since text would lose the difference between one line's end and another.
        done = subprocess.run([str(self._programs / program), *arguments], input=script, capture_output=True)
        if done.returncode:
            raise AssertionError(f"{program}: {done.stderr.decode()}\n{script.decode()}")
        return done.stdout
