"""Run the notebooks and make pages of them: each in a kernel and a scratch_db of its own, two at a time."""

from __future__ import annotations

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from course_site.still_widgets import still
from migration_lab.engines.sqlite import sqlite_driver
from migration_lab.lab import READ_LATER

CELL_SECONDS = 300
AT_ONCE = 2
LIVE_NOTE = (
    '<p class="mlab-still">In JupyterLab this view follows the database while you work. '
    "Here it stands as the notebook left it.</p>"
)
RAN_NOTE = (
    "{.mlab-still}\n"
    f"The notebook as it ran when this site was built, on SQLite {sqlite_driver().sqlite_version}. "
    "[Run it yourself](../run_it_yourself.md) to guess, click and edit."
)


@dataclass(frozen=True, slots=True)
class Lesson:
    """One notebook, run. ``error`` is empty where every cell ran."""

    name: str
    title: str
    minutes: int
    summary: str
    notebook: Any
    error: str = ""


class ScratchKernelManager(AsyncKernelManager):
    """Starts a kernel that makes its lessons' folders in ``scratch``."""

    scratch: Path

    async def _async_pre_start_kernel(self, **options: Any) -> Any:
        """Hand the folder over in the kernel's environment: this process's own is shared by all that run at once."""
        ours = {"MIGRATION_LAB_SCRATCH": str(self.scratch), "PYTHONDONTWRITEBYTECODE": "1", READ_LATER: "1"}
        environment = {**os.environ, **ours}
        return await super()._async_pre_start_kernel(**{**options, "env": environment})


def run_lessons(root: Path, pages: Path, scratch: Path) -> list[Lesson]:
    """Run the notebooks of the course in ``root``; write them with still outputs to ``pages``, in order."""
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    pages.mkdir(parents=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        lessons = list(pool.map(lambda path: run_lesson(path, scratch / path.stem), paths))
    shown = {str(root): ".", sys.prefix: "…"}
    for lesson in lessons:
        shorten = {str(scratch / lesson.name): "scratch_db", **shown}
        make_page(lesson.notebook, shorten)
        nbformat.write(lesson.notebook, pages / f"{lesson.name}.ipynb")
    return lessons


def run_lesson(path: Path, scratch: Path) -> Lesson:
    """Run one notebook from the first cell to the last."""
    notebook = nbformat.read(path, as_version=4)
    scratch.mkdir(parents=True)
    error = ""
    # A copy, so that what a lesson writes beside itself doesn't land in the course.
    workplace = scratch / ".notebook"
    workplace.mkdir()
    shutil.copyfile(path, workplace / path.name)
    manager = ScratchKernelManager(kernel_name="python3")
    manager.scratch = scratch
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=CELL_SECONDS,
        resources={"metadata": {"path": str(workplace)}},
        extra_arguments=["--log-level=ERROR"],  # else each kernel warns that it isn't encrypted
    )
    try:
        client.execute()
    except CellExecutionError as failure:
        error = f"{failure.ename}: {failure.evalue.strip()}"
    about = notebook.metadata.get("migration_lab", {})
    title, summary = heading(notebook)
    return Lesson(path.stem, about.get("title", title), int(about.get("minutes", 0)), summary, notebook, error)


def heading(notebook: Any) -> tuple[str, str]:
    """The notebook's title and the paragraph under it."""
    paragraphs = [part.strip() for part in notebook.cells[0].source.split("\n\n")]
    title = paragraphs[0].removeprefix("# ")
    return title, paragraphs[1] if len(paragraphs) > 1 else ""


def make_page(notebook: Any, shorten: dict[str, str]) -> None:
    """Make a run notebook fit for a page without a kernel, in place.

    ``shorten`` goes from a folder of this machine to what a reader sees in its place.
    """
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(RAN_NOTE, id="ran"))
    widgets = notebook.metadata.pop("widgets", {}).get("application/vnd.jupyter.widget-state+json", {})
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if "data" in output:
                output["data"] = still(output["data"], widgets.get("state", {}))
                html = output["data"].get("text/html", "")
                if '<p class="title">Live: ' in html:
                    output["data"]["text/html"] = LIVE_NOTE + html
            _shorten(output, shorten)


def _shorten(output: Any, names: dict[str, str]) -> None:
    for place in (output, output.get("data", {})):
        for key, value in place.items():
            if isinstance(value, str):
                for name, shown in names.items():
                    value = value.replace(name, shown)
                place[key] = value
