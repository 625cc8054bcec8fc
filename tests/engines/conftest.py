"""Servers under a scratch folder of the tests' own, each started once for all tests of a module."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engines.servers import Server
from migration_lab.engines import SCRATCH_VARIABLE


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have one worker run all of a module: each would start servers of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group(f"engines {item.path.stem}"))


@pytest.fixture(scope="session", autouse=True)
def scratch() -> Iterator[Path]:
    """A scratch folder whose path is short enough for a socket; where it is gone, its servers end, too."""
    with (
        tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as name,
        pytest.MonkeyPatch.context() as m,
    ):
        m.setenv(SCRATCH_VARIABLE, name)
        yield Path(name)


@pytest.fixture(scope="session", params=["postgresql", "postgresql-16"])
def server(request: pytest.FixtureRequest) -> Server:
    """The server of each version in turn."""
    return Server(request.param)


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """An empty database's name."""
    with server.database() as name:
        yield name


@pytest.fixture
def connection(server: Server, database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to an empty database, in autocommit."""
    with server.connect(database, autocommit=True) as open_one:
        yield open_one
