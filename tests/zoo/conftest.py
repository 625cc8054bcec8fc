"""One scratch folder for the zoo, so that a worker starts each server once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from migration_lab.engines import SCRATCH_VARIABLE


@pytest.fixture(scope="session", autouse=True)
def scratch() -> Iterator[Path]:
    """A folder whose path is short enough for a socket; where it is gone, its servers end, too."""
    with (
        tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as name,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv(SCRATCH_VARIABLE, name)
        yield Path(name)
