"""Run a lesson's cells in a real kernel, on either SQLite, in a scratch folder of the test's own."""

from __future__ import annotations

import asyncio
import html
import os
import re
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from nbclient.util import run_sync

from migration_lab.lab.run import join_streams

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
LESSONS = [name for name in NAMES if re.match(r"\d\d_", name)]
SQLITES = ["sqlite3", "pysqlite3"]
SECONDS_A_CELL = 120
SECONDS_TO_END = 30


def read(name: str) -> Any:
    """The notebook as it is in the repository."""
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


class Client(NotebookClient):
    """Starts a kernel once more that ended before it could answer.

    Its ports are looked up before it binds them: among many tests, another program may have one of them by then.
    """

    _options: dict[str, Any] = {}  # noqa: RUF012 - replaced, never changed

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        """Start it, and remember how."""
        self._options = kwargs
        await super().async_start_new_kernel(**kwargs)

    async def async_start_new_kernel_client(self) -> Any:
        """Connect to it."""
        try:
            return await super().async_start_new_kernel_client()
        except RuntimeError as error:
            if "Kernel died before replying" not in str(error):
                raise
            self.create_kernel_manager()
            await self.async_start_new_kernel(**self._options)
            return await super().async_start_new_kernel_client()

    start_new_kernel = run_sync(async_start_new_kernel)
    start_new_kernel_client = run_sync(async_start_new_kernel_client)


def client_for(notebook: Any, **options: Any) -> NotebookClient:
    """A client for the notebook, in the folder of the notebooks, as Jupyter runs it."""
    return Client(
        notebook,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOKS)}},
        extra_arguments=["--log-level=ERROR"],
        **options,
    )


def environment(scratch: Path, sqlite: str) -> dict[str, str]:
    """The environment of a kernel that works in ``scratch`` on the SQLite named."""
    return {**os.environ, "MIGRATION_LAB_SCRATCH": str(scratch), "MIGRATION_LAB_SQLITE": sqlite}


def hide(packages: Sequence[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no kernel import these: Python runs a ``sitecustomize`` before all else, which puts them down as None."""
    code = f"import sys\nsys.modules.update(dict.fromkeys({list(packages)}))\n"
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)


def run_all(name: str, scratch: Path, sqlite: str) -> Any:
    """Run All Cells in a new kernel. Gives the executed notebook; raises where a cell does."""
    notebook = read(name)
    client_for(notebook).execute(env=environment(scratch, sqlite))
    return notebook


def run_each_twice(name: str, scratch: Path, sqlite: str) -> Any:
    """Run each code cell twice in a row, in one new kernel. Gives the notebook as the second runs left it.

    Raises where a cell does, in its first run or its second.
    """
    notebook = read(name)
    client = client_for(notebook)
    client.create_kernel_manager()
    with client.setup_kernel(env=environment(scratch, sqlite)):
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type == "code":
                client.execute_cell(cell, index)
                client.execute_cell(cell, index)
    return notebook


def run_alone(name: str, cell_id: str, scratch: Path, sqlite: str) -> Any:
    """Run one code cell of a notebook in a new kernel, and no other. Gives the notebook with that cell alone in it."""
    notebook = read(name)
    notebook.cells = [cell for cell in notebook.cells if cell.id == cell_id]
    client_for(notebook).execute(env=environment(scratch, sqlite))
    return notebook


def run_and_kill(
    name: str, last: int, scratch: Path, sqlite: str, during: Callable[[psutil.Process], bool] | None = None
) -> Any:
    """Run the code cells up to the one with index ``last`` among all cells, then kill the kernel with SIGKILL.

    With ``during``, that is in the middle of the last one, as soon as ``during`` says so of the kernel's process.
    Gives the notebook as it was then; raises where a cell does.
    """
    notebook = read(name)
    client = client_for(notebook)
    client.create_kernel_manager()
    client.start_new_kernel(env=environment(scratch, sqlite))
    client.start_new_kernel_client()
    try:
        for index in range(last if during else last + 1):
            client.execute_cell(notebook.cells[index], index)
        if during:
            client.kc.execute(notebook.cells[last].source)  # type: ignore[union-attr]
            kernel = psutil.Process(client.km.provisioner.process.pid)  # type: ignore[union-attr]
            deadline = time.monotonic() + SECONDS_A_CELL
            while not during(kernel):
                assert time.monotonic() < deadline, f"never: {during.__name__}"
                time.sleep(0.02)
    finally:
        process = client.km.provisioner.process  # type: ignore[union-attr]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        client.kc.stop_channels()  # type: ignore[union-attr]
        asyncio.run(client.km.cleanup_resources())  # type: ignore[union-attr,arg-type]
    return notebook


def working_in(scratch: Path) -> list[str]:
    """The command lines of the processes that have a scratch folder in theirs: servers, and those that watch."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = " ".join(process.info["cmdline"] or ())
        if str(scratch) in words:
            found.append(words)
    return found


def wait_until_all_ended(scratch: Path) -> None:
    """Wait for the servers of a scratch folder, which end by themselves after their last user."""
    deadline = time.monotonic() + SECONDS_TO_END
    while left := working_in(scratch):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def said(notebook: Any, cell_id: str | None = None) -> str:
    """What a reader sees in the outputs, as plain text: of one cell, or of all."""
    join_streams(notebook)
    pieces = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell_id in (None, cell.id):
            for output in cell.outputs:
                data = output.get("data", {})
                pieces.append(output.get("text") or data.get("text/plain", ""))
                pieces.append(
                    html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", data.get("text/html", ""), flags=re.S))
                )
    return "\n".join(pieces)
