"""PostgreSQL in both versions, started once for all tests that one worker runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engines.servers import Server, started


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have one worker run all of them: each would start servers of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("engines"))


@pytest.fixture(scope="session", params=[18, 16], ids=["postgresql", "postgresql-16"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The server of each version in turn."""
    with started(request.param) as running:
        yield running


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
