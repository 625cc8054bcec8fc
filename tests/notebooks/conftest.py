"""A scratch folder in which servers can run, and out of which they are gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .kernels import wait_until_all_ended


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder whose path is short enough for a server's socket. No process may be left that works in it.

    Its servers are ended by their folders' end: their grace after their last user is tried where that is promised.
    """
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as name:
        yield Path(name)
        shutil.rmtree(Path(name) / ".servers", ignore_errors=True)
        wait_until_all_ended(Path(name))
