"""A workspace a lesson: its notebook, and to the right the output of the cell that shows its live view."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from migration_lab.lab.workspace import lesson_workspace, live_view_cell

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_each_lesson_opens_beside_the_view_that_its_own_cell_shows(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    shows = [number for number, cell in enumerate(cells) if cell.cell_type == "code" and "live_view(" in cell.source]
    position = live_view_cell(path)
    assert position == shows[0]
    workspace = lesson_workspace(path.stem, f"notebooks/{path.name}", position)
    dock = workspace["data"]["layout-restorer:data"]["main"]["dock"]
    left, right = ([workspace["data"][name]["data"] for name in area["widgets"]] for area in dock["children"])
    assert left == [{"path": f"notebooks/{path.name}", "factory": "Notebook"}]
    assert right == [{"path": f"notebooks/{path.name}", "index": position}]


def test_there_are_lessons() -> None:
    assert len(LESSONS) >= 7


def test_a_notebook_without_a_view_has_the_window_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    text = [{"cell_type": "markdown", "source": "call live_view(lesson)"}, {"cell_type": "code", "source": ["1"]}]
    path.write_text(json.dumps({"cells": text}), encoding="utf-8")
    assert live_view_cell(path) is None
    data = lesson_workspace("x", "notebooks/x.ipynb", None)["data"]
    assert data["layout-restorer:data"]["main"]["dock"]["widgets"] == ["notebook:notebooks/x.ipynb"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 1}'])
def test_what_is_no_notebook_has_no_workspace(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"no cells|Expecting value"):
        live_view_cell(path)
