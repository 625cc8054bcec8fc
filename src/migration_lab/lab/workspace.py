"""JupyterLab workspaces: a lesson on the left, and on the right the output of the cell that shows its live view.

A workspace is JupyterLab's own note of what is open and where. It is made from the notebook each time it is asked for,
so it can't fall out of step with it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NOTEBOOK_WIDTH = 0.6


def live_view_cell(notebook: Path) -> int | None:
    """The position among all cells of the first code cell that calls ``live_view``, None where none does.

    Raises ValueError or OSError for a file that is no notebook.
    """
    content = json.loads(notebook.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise ValueError(f"{notebook.name} has no cells")
    for position, cell in enumerate(content["cells"]):
        if cell.get("cell_type") == "code" and "live_view(" in "".join(cell.get("source", "")):
            return position
    return None


def lesson_workspace(name: str, path: str, cell: int | None) -> dict[str, Any]:
    """The workspace ``name``: the notebook at ``path`` and, to the right of it, the output of its cell ``cell``.

    The names are those by which JupyterLab restores what its trackers kept: namespaces ``notebook`` and
    ``cloned-outputs`` of the plugin "@jupyterlab/notebook-extension". An output that is still empty says what will come
    (``style/custom.css``), and fills when its cell runs. Its tab reads "Output View": JupyterLab gives that name to
    every view of an output, and keeps none in a workspace.
    """
    notebook = f"notebook:{path}"
    # The browser at the root: notebooks/ and scratch_db/ are both in view.
    data: dict[str, Any] = {
        notebook: {"data": {"path": path, "factory": "Notebook"}},
        "file-browser-filebrowser:cwd": {"path": ""},
    }
    left = {"type": "tab-area", "currentIndex": 0, "widgets": [notebook]}
    dock: dict[str, Any] = left
    if cell is not None:
        output = f"cloned-outputs:{path}:{cell}"
        data[output] = {"data": {"path": path, "index": cell}}
        right = {"type": "tab-area", "currentIndex": 0, "widgets": [output]}
        sizes = [NOTEBOOK_WIDTH, round(1 - NOTEBOOK_WIDTH, 2)]
        dock = {"type": "split-area", "orientation": "horizontal", "sizes": sizes, "children": [left, right]}
    data["layout-restorer:data"] = {"main": {"dock": dock, "current": notebook}}
    return {"data": data, "metadata": {"id": name}}
