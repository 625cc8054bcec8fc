"""A copy of the repository as Binder clones it, and the browser."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.conftest import browser, chromium
from browser.pages import ROOT

__all__ = ["browser", "chromium"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have one worker run all of them: each would build an environment of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("binder"))


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that every user may read; pytest's own are closed to all others."""
    folder = Path(tempfile.mkdtemp(prefix="binder-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def clone(open_folder: Path) -> Path:
    """The repository's files, as they are here now: what is in git or will be, and nothing else."""
    folder = open_folder / "course"
    # With what is new and not yet added: the files that are there import it.
    which = ["--cached", "--others", "--exclude-standard", "-z"]
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", *which]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).is_file():  # else deleted here, and not yet in git
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder
