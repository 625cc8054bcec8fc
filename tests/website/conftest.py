"""The site, built once for all tests of it, and served to a browser."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from website.pages import Page, read_page

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "site" / "node_modules" / "axe-core" / "axe.min.js"
PUBLISHED_AS = "some-account/some-course"
MERMAID = ROOT / "site" / "node_modules" / "@mermaid-js"
EVERYTHING = os.environ.get("MIGRATION_LAB_TEST_ALL") == "1"
# Some of each kind, and of each engine: all are rehearsed by the tests of the zoo itself.
SOME = (
    "cascade_drops_view", "downgrade_forgets_values", "harmless_json", "harmless_three_steps", "modify_loses_collation",
    "not_null_without_default", "nulls_meet_not_null", "rebuild_loses_unique", "rebuild_under_a_view", "several_heads",
)  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have one worker run all of them: each would build a site of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("site"))


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the hazards that the site shows."""
    whole = ROOT / "tests" / "zoo"
    if EVERYTHING:
        return whole
    part = tmp_path_factory.mktemp("zoo")
    shutil.copyfile(whole / "env.py", part / "env.py")
    for name in SOME:
        shutil.copytree(whole / name, part / name)
    return part


@pytest.fixture(scope="session")
def site(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site that was built just now. Skips the test where the means to build it are missing."""
    missing = [name for name in ("furo", "myst_nb", "sphinx") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"no {', '.join(missing)}: pip install -e .[site]")
    if not MERMAID.is_dir():
        pytest.skip("no scripts for the site: npm install --no-package-lock in site/")
    target = tmp_path_factory.mktemp("site") / "with a space and ä"
    command: list[str | Path] = [sys.executable, ROOT / "site" / "build.py", "--target", target, "--zoo", zoo]
    environment = {**os.environ, "GITHUB_REPOSITORY": PUBLISHED_AS, "MIGRATION_LAB_ROWS": "4_000"}  # of lesson 8
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return target / "html"


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, Page]:
    """Every page of the site, by its path: ``lessons/02_failure.html``."""
    return {path.relative_to(site).as_posix(): read_page(path) for path in sorted(site.rglob("*.html"))}


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and keeps no log."""

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
