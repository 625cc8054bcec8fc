"""A scratch folder in which servers can run, and out of which they are gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .kernels import wait_until_all_ended


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder whose path is short enough for a server's socket. No process may be left that works in it."""
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as name:
        yield Path(name)
        wait_until_all_ended(Path(name))
