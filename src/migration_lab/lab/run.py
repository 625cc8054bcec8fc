"""Run notebooks from the first cell to the last without a browser, as a learner's Run All Cells does."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migration_lab.lab.server import prepare_environment
from migration_lab.lessons import VARIABLE

CELL_SECONDS = 300
READ_LATER = "MIGRATION_LAB_READ_LATER"  # set where a notebook runs for a page that is read later, as slides are


class NoSuchNotebookError(Exception):
    """No notebook has the name asked for; the message lists those there are."""


@dataclass(frozen=True)
class Result:
    """How one notebook ended. ``error`` is empty when every cell ran, else it says which cell failed and how."""

    name: str
    cells: int
    seconds: float
    error: str = ""


def run_notebooks(source: Path, target: Path, names: Sequence[str] = ()) -> bool:
    """Run the notebooks of ``source``, leave the executed copies in ``target``, and print a table.

    ``names`` picks notebooks by name or its beginning (``04``); none means all. A failing notebook does not stop the
    others. Returns whether all ran. Raises NoSuchNotebookError for a name that fits none.
    """
    from tqdm import tqdm

    paths = pick(sorted(source.glob("*.ipynb")), names)
    target.mkdir(parents=True, exist_ok=True)
    prepare_environment()
    results = []
    with tqdm(paths, unit="notebook") as progress:
        for path in progress:
            progress.set_description(path.stem)
            results.append(run_notebook(path, target / path.name, target / "scratch_db"))
    print(table(results))
    return not any(result.error for result in results)


def pick(paths: Sequence[Path], names: Sequence[str]) -> list[Path]:
    """Those of ``paths`` whose name begins with one of ``names``, in order; all if there are no names."""
    beginnings = tuple(Path(name).name.removesuffix(".ipynb") for name in names) or ("",)
    for beginning in beginnings:
        if not any(path.stem.startswith(beginning) for path in paths):
            available = ", ".join(path.stem for path in paths) or "none"
            raise NoSuchNotebookError(f"No notebook's name begins with {beginning!r}. There are: {available}")
    return [path for path in paths if path.stem.startswith(beginnings)]


def run_notebook(path: Path, copy: Path, scratch: Path | None = None) -> Result:
    """Run the notebook at ``path`` in its own folder with this Python, and write it with its outputs to ``copy``.

    Its lessons are made in ``scratch`` where that is given, else in scratch_db: those there are the learner's, and may
    be open in a kernel.
    """
    # Imported here: what else is in this room must not wait for it.
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(path, as_version=4)
    where = "before the first cell"

    def note_cell(cell_index: int, **_: object) -> None:
        nonlocal where
        where = f"cell {cell_index + 1}"

    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=note_cell,
        # Else each kernel warns that it isn't encrypted, across the progress bar; it serves this machine only.
        extra_arguments=["--log-level=ERROR"],
    )
    started = time.monotonic()
    error = ""
    try:
        client.execute(env={**os.environ, READ_LATER: "1", **({VARIABLE: str(scratch)} if scratch else {})})
    except CellExecutionError as failure:
        error = f"{where}: {failure.ename}: {first_line(failure.evalue)}"
    except Exception as failure:  # a dead kernel, a cell that takes for ever: the other notebooks still run
        error = f"{where}: {type(failure).__name__}: {first_line(str(failure))}"
    seconds = time.monotonic() - started
    join_streams(notebook)
    nbformat.write(notebook, copy)
    return Result(path.stem, sum(cell.cell_type == "code" for cell in notebook.cells), seconds, error)


def join_streams(notebook: Any) -> None:
    """Make one output of the pieces in which a cell's printed text came, as JupyterLab does.

    A kernel sends what was printed so far whenever something is shown, by a live view say, or 0.2 s have passed: a
    piece may end within a line (``OutStream.flush_interval`` and ``ZMQDisplayPublisher.publish`` of ipykernel 7.4).
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            joined: list[Any] = []
            for output in cell.outputs:
                earlier = joined[-1] if joined else None
                if earlier and output.output_type == "stream" and earlier.get("name") == output.name:
                    earlier.text += output.text
                else:
                    joined.append(output)
            cell.outputs = joined


def first_line(text: str) -> str:
    """The first line of ``text`` that is not blank."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def table(results: Sequence[Result]) -> str:
    """A line a notebook: lesson, code cells, seconds and result."""
    width = max(len("lesson"), *(len(result.name) for result in results))
    lines = [f"{'lesson':{width}}  {'cells':>5}  {'seconds':>7}  result"]
    for result in results:
        verdict = f"FAILED in {result.error}" if result.error else "ok"
        lines.append(f"{result.name:{width}}  {result.cells:5}  {result.seconds:7.1f}  {verdict}")
    return "\n".join(lines)
