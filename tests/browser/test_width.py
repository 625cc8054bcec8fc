"""On a laptop, with a lesson beside its live view, every line of code is in sight without scrolling sideways."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from browser.pages import ROOT, SECONDS, Jupyter

LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
EDITORS = ".jp-NotebookPanel .jp-CodeCell .jp-InputArea-editor .cm-scroller"
# Of each code cell: the text in its editor once it is scrolled to, how wide that is, and how much of it is in sight.
WIDTHS = """async ([editors, sources]) => {
  const found = [];
  for (const editor of document.querySelectorAll(editors)) {
    const drawn = () => Array.from(editor.querySelectorAll('.cm-line'), line => line.textContent).join('\\n');
    editor.scrollIntoView({block: 'center'});
    for (let frame = 0; frame < 300 && drawn() !== sources[found.length]; frame++)
      await new Promise(requestAnimationFrame);
    found.push({text: drawn(), width: editor.scrollWidth, sight: editor.clientWidth});
  }
  return found;
}"""
# A scrollbar as wide as many desktops draw it; a browser under test draws none.
SCROLLBAR = ".jp-NotebookPanel .jp-WindowedPanel-inner { padding-right: 15px; }"


def measured(page: Page, jupyter: Jupyter, name: str, cells: list[str]) -> list[dict[str, Any]]:
    """Lay the notebook out on a laptop, and measure each of its code cells, which are ``cells``."""
    # JupyterLab has only the cells in sight in the page, unless it is told to have all.
    jupyter.setting("@jupyterlab/notebook-extension:tracker", windowingMode="none")
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"/course/{name}")
    page.wait_for_function(
        "([editors, number]) => document.querySelectorAll(editors).length >= number",
        arg=[EDITORS, len(cells)],
        timeout=SECONDS * 1000,
    )
    assert page.locator(".jp-LinkedOutputView").count() == 1, "the live view is not beside the lesson"
    page.add_style_tag(content=SCROLLBAR)
    found: list[dict[str, Any]] = page.evaluate(WIDTHS, [EDITORS, cells])
    assert [cell["text"] for cell in found] == cells  # each of them, whole, and in its order
    return found


def cut_off(found: list[dict[str, Any]]) -> list[str]:
    return [cell["text"] for cell in found if cell["width"] > cell["sight"]]


@pytest.mark.parametrize("name", LESSONS)
def test_no_code_of_a_lesson_is_cut_off_on_a_laptop(page: Page, jupyter: Jupyter, name: str) -> None:
    cells = [cell.source for cell in jupyter.read(name).cells if cell.cell_type == "code"]
    assert cut_off(measured(page, jupyter, name, cells)) == []


def test_a_line_that_is_too_wide_is_seen(page: Page, jupyter: Jupyter) -> None:
    cells = ["live_view(lesson)", "#" * 80, "#" * 84]
    jupyter.write("trial", cells)
    assert cut_off(measured(page, jupyter, "trial", cells)) == cells[2:]
