"""Lessons in a real JupyterLab can be read by everybody: what the course itself puts on the page has no serious fault.

Only the contents of the lesson are looked at: its text and the outputs of its cells. JupyterLab's menus, toolbars and
editors are not the course's to mend, and are left out by naming what is looked at rather than what is forgiven.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from browser.pages import Jupyter, open_notebook, run_all

AXE = Path(__file__).resolve().parents[2] / "site" / "node_modules" / "axe-core" / "axe.min.js"
OUTPUTS = ".jp-Notebook .jp-OutputArea-output"
TEXT = ".jp-Notebook .jp-RenderedMarkdown"
# How JupyterLab draws a link in a text: by its colour alone, without a line under it. A notebook can't change that.
JUPYTERLABS_OWN = {"link-in-text-block": {"enabled": False}}
LOOK = """async ([contents, rules]) => {
  // JupyterLab's body is 0 pixels high, with all that one sees laid over it: axe would take everything for hidden.
  document.body.style.minHeight = '100vh';
  const found = await axe.run({include: [[contents]]}, {rules});
  const serious = found.violations.filter(one => ['serious', 'critical'].includes(one.impact)).map(one => ({
    rule: one.id, where: one.nodes.slice(0, 5).map(node => `${node.target.join(' ')}: ${node.failureSummary}`)}));
  const unsure = found.incomplete.filter(one => one.id === 'color-contrast').flatMap(one => one.nodes.slice(0, 3).map(
    node => `${node.target.join(' ')}: ${node.failureSummary}`));
  return {serious, unsure, checked: found.passes.map(one => one.id)};
}"""


@pytest.mark.parametrize(
    ("lesson", "theme"),
    [("02_failure", "JupyterLab Light"), ("02_failure", "JupyterLab Dark"), ("06_choose", "JupyterLab Light")],
)
def test_a_lesson_that_was_run_has_no_serious_fault_of_accessibility(
    page: Page, jupyter: Jupyter, lesson: str, theme: str
) -> None:
    if not AXE.is_file():
        pytest.skip("no axe-core: npm install --no-package-lock in site/")
    jupyter.setting("@jupyterlab/apputils-extension:themes", theme=theme)
    jupyter.setting("@jupyterlab/notebook-extension:tracker", windowingMode="none")  # cells out of sight are drawn too
    open_notebook(page, lesson)
    run_all(page)
    assert page.evaluate("document.body.dataset.jpThemeName") == theme
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for contents, rules in ((TEXT, JUPYTERLABS_OWN), (OUTPUTS, {})):
        found = page.evaluate(LOOK, [contents, rules])
        assert "color-contrast" in found["checked"], found["unsure"]
        assert not found["serious"], json.dumps(found["serious"], indent=1)
