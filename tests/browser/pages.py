"""What a test does in JupyterLab: start it, open a notebook, run it, and look at what came out."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "only-for-this-test"
SECONDS = 90  # for a page, a kernel or a lesson on a busy machine; nothing is measured by it
# The notebook in front, in the words of JupyterLab's own model: cells out of sight may not be in the page.
_CELLS = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  return Array.from(panel.content.model.cells).filter(cell => cell.type === 'code').map(cell => ({
    source: cell.sharedModel.getSource(), count: cell.executionCount, outputs: cell.outputs.toJSON()}));
}"""
_STATUS = """() => {
  const session = window.jupyterapp.shell.currentWidget.sessionContext.session;
  return session && session.kernel ? session.kernel.status : 'none';
}"""


@dataclass(frozen=True)
class Jupyter:
    """A running JupyterLab on a copy of the course in ``folder``."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def login(self) -> str:
        """An address that logs a browser in."""
        return f"{self.url}/lab?token={TOKEN}"

    @property
    def scratch_db(self) -> Path:
        """The lessons' folders."""
        return self.folder / "scratch_db"

    def write(self, name: str, cells: Sequence[str]) -> None:
        """Make the notebook ``notebooks/NAME.ipynb`` of these code cells."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        self.keep(name, notebook)

    def keep(self, name: str, notebook: Any) -> None:
        """Save ``notebook`` as ``notebooks/NAME.ipynb``."""
        nbformat.write(notebook, self.folder / "notebooks" / f"{name}.ipynb")

    def read(self, name: str) -> Any:
        """The notebook ``notebooks/NAME.ipynb`` as it was last saved."""
        return nbformat.read(self.folder / "notebooks" / f"{name}.ipynb", as_version=4)

    def ask(self, path: str, method: str = "GET", body: object = None) -> Any:
        """What Jupyter's API answers, None for nothing."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def setting(self, plugin: str, **settings: object) -> None:
        """Set what the user would set in JupyterLab's settings editor, before a page is opened."""
        self.ask(f"/lab/api/settings/{plugin}", "PUT", {"raw": json.dumps(settings)})

    def clear_up(self) -> None:
        """End all kernels, which hold the lessons' locks; take notebooks and settings back to what they were."""
        for tries_left in (2, 1, 0):
            try:
                for session in self.ask("/api/sessions"):
                    self.ask(f"/api/sessions/{session['id']}", "DELETE")
            except urllib.error.HTTPError:  # 404 or 500 for a kernel that has just ended by itself
                if not tries_left:
                    raise
        copy_notebooks(self.folder)
        shutil.rmtree(self.folder.parent / "config" / "lab" / "user-settings", ignore_errors=True)


def copy_notebooks(course: Path) -> None:
    """Bring the course's notebooks into the copy of it."""
    shutil.rmtree(course / "notebooks", ignore_errors=True)
    shutil.copytree(ROOT / "notebooks", course / "notebooks", ignore=shutil.ignore_patterns(".*"))


@contextlib.contextmanager
def jupyter_lab(home: Path) -> Iterator[Jupyter]:
    """JupyterLab as the course opens it, with a home, settings and a copy of the course of its own below ``home``."""
    course = home / "course"
    (course / "scratch_db").mkdir(parents=True)
    copy_notebooks(course)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "MIGRATION_LAB"))
    }
    environment |= {name: os.environ[name] for name in ("MIGRATION_LAB_SQLITE",) if name in os.environ}
    environment |= {"HOME": str(home), "USERPROFILE": str(home), "IPYTHONDIR": str(home / "ipython")}
    environment |= {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    # Where the package is on the path without being installed, this is its configuration.
    environment |= {"JUPYTER_CONFIG_PATH": str(ROOT / "src/migration_lab/lab/jupyter"), "PYTHONPATH": str(ROOT / "src")}
    arguments = ["--no-browser", "--port=0", f"--IdentityProvider.token={TOKEN}", "--LabApp.expose_app_in_browser=True"]
    log = home / "jupyter.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "migration_lab", "lab", *arguments],
            cwd=course,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        jupyter = Jupyter(_served(home / "runtime", process, log), course, process)
        yield jupyter
        with contextlib.suppress(OSError):
            jupyter.clear_up()
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _served(runtime: Path, process: subprocess.Popen[bytes], log: Path) -> str:
    """The server's address, once it answers there."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            for note in runtime.glob(f"jpserver-{process.pid}.json"):
                address = str(json.loads(note.read_text(encoding="utf-8"))["url"]).rstrip("/")
                urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=5).close()
                return address
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def open_notebook(page: Page, name: str, *, kernel: bool = True) -> None:
    """Open ``notebooks/NAME.ipynb`` in a JupyterLab without other tabs, and wait until its kernel, if any, is ready."""
    page.goto(f"/lab/tree/notebooks/{name}.ipynb?reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=SECONDS * 1000)
    if not kernel:
        return
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=SECONDS * 1000,
    )


def choose_menu(page: Page, *entries: str) -> None:
    """Click through JupyterLab's menus, as in ``choose_menu(page, "Run", "Run All Cells")``."""
    page.get_by_role("menubar").get_by_role("menuitem", name=entries[0], exact=True).click()
    for entry in entries[1:]:
        page.locator(f'.lm-Menu-item:has(.lm-Menu-itemLabel:text-is("{entry}"))').click()


def run_all(page: Page, *, allow_errors: bool = False) -> None:
    """Choose Run All Cells and wait until all are done. A cell that raised is an AssertionError with its traceback."""
    choose_menu(page, "Run", "Run All Cells")
    wait_until_done(page, allow_errors=allow_errors)


def wait_until_done(page: Page, *, allow_errors: bool = False) -> None:
    """Wait until every code cell has run, or one has raised, and the kernel is idle."""
    deadline = time.monotonic() + 2 * SECONDS
    while True:
        all_cells = [cell for cell in cells(page) if cell["source"].strip()]
        errors = [output for cell in all_cells for output in cell["outputs"] if output["output_type"] == "error"]
        done = errors or all(cell["count"] is not None for cell in all_cells)
        if done and page.evaluate(_STATUS) == "idle":
            break
        assert time.monotonic() < deadline, f"still running: {[cell['count'] for cell in all_cells]}"
        page.wait_for_timeout(100)
    if errors and not allow_errors:
        raise AssertionError("\n".join(errors[0]["traceback"]))


def cells(page: Page) -> list[dict[str, Any]]:
    """The code cells of the notebook in front: ``source``, ``count`` (None while it hasn't run) and ``outputs``."""
    found: list[dict[str, Any]] = page.evaluate(_CELLS)
    return found


def scroll_to(page: Page, selector: str) -> None:
    """Bring the first element that fits into view, through all of the notebook where it isn't drawn yet."""
    page.locator(selector).first.scroll_into_view_if_needed(timeout=SECONDS * 1000)
