"""A JupyterLab for all browser tests of a worker, and a fresh page for each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from browser.pages import Jupyter, jupyter_lab

VARIABLE = "MIGRATION_LAB_CHROMIUM"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have one worker run all of them: each would start a JupyterLab and a browser of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


def find_chromium() -> str | None:
    """The path of a Chromium, None for Playwright's own. Skips the test where there is neither."""
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            pytest.fail(f"{VARIABLE}={named}: there is no such file")
        return named
    # The first is the same without windows of its own, which take a sixth of what a page of JupyterLab costs.
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    with sync_playwright() as playwright:
        if Path(playwright.chromium.executable_path).is_file():
            return None
    pytest.skip(f"no Chromium: apt install chromium, or playwright install chromium, or name one in {VARIABLE}")


def browser_arguments() -> list[str]:
    """Chromium's arguments: it talks to this machine only, and root must do without its sandbox."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
    return [*quiet, "--no-sandbox"] if root else quiet


@pytest.fixture(scope="session")
def chromium() -> str | None:
    """The browser's path, None for Playwright's own."""
    return find_chromium()


@pytest.fixture(scope="session")
def jupyter(chromium: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """A running JupyterLab on a copy of the course."""
    with jupyter_lab(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


# Of a module, not of the session: while Playwright runs, this thread has an event loop that others would stumble over.
@pytest.fixture(scope="module")
def browser(chromium: str | None) -> Iterator[Browser]:
    """A Chromium that only talks to this machine."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=browser_arguments())
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, jupyter: Jupyter) -> Iterator[Page]:
    """A fresh page, logged in. Errors that its scripts don't catch fail the test; its kernels end with it."""
    context = browser.new_context(base_url=jupyter.url, viewport={"width": 1500, "height": 1000})
    context.request.get(jupyter.login)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{error.message}\n{error.stack}"))
    try:
        yield page
    finally:
        context.close()
        jupyter.clear_up()
    assert errors == []
