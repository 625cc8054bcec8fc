"""A red error, on a Friday at five: from README to the chooser is one click, and its answer can be read at once."""

from __future__ import annotations

import shutil

from playwright.sync_api import Page, expect

from browser.pages import ROOT, SECONDS, Jupyter
from browser.test_beside_a_lesson import open_beside, run_cells

PREVIEW = """() => window.jupyterapp.restored.then(() =>
  window.jupyterapp.commands.execute('docmanager:open', {path: 'README.md', factory: 'Markdown Preview'}))"""
OVERFLOW = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).map(box => box.textContent)"


def test_one_click_leads_from_readme_to_the_chooser_and_one_to_the_cheat_sheet(page: Page, jupyter: Jupyter) -> None:
    """As in a repository that was just opened: no cell of the lesson has run but the chooser's own."""
    expect.set_options(timeout=SECONDS * 1000)
    page.set_viewport_size({"width": 1366, "height": 768})
    shutil.copy(ROOT / "README.md", jupyter.folder)
    made_before = (jupyter.scratch_db / "06_choose").exists()  # another test may have run the lesson
    page.goto("/lab?reset")
    page.wait_for_function("() => window.jupyterapp?.commands.hasCommand('docmanager:open')", timeout=SECONDS * 1000)
    page.evaluate(PREVIEW)
    readme = page.locator(".jp-MarkdownViewer")
    for name in ("The cheat sheet", "the chooser"):
        link = readme.get_by_role("link", name=name).first
        expect(link).to_be_in_viewport()
        link.click()
        if name == "The cheat sheet":
            expect(page.get_by_text("read what autogenerate wrote").first).to_be_visible()
            page.locator(".lm-TabBar-tab", has_text="README.md").first.click()
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=SECONDS * 1000,
    )
    run_cells(page, 0, 1)
    answer = page.locator(".jp-NotebookPanel .mlab pre.code")
    expect(answer.first).to_contain_text("op.add_column(")
    page.get_by_label("Is one value right for all rows that exist?").uncheck()
    expect(answer.first).to_contain_text("nullable=True")
    assert (jupyter.scratch_db / "06_choose").exists() == made_before


def test_no_line_of_the_choosers_answer_is_cut_off_on_a_laptop(page: Page, jupyter: Jupyter) -> None:
    expect.set_options(timeout=SECONDS * 1000)
    page.set_viewport_size({"width": 1366, "height": 768})
    open_beside(page, "06_choose")
    run_cells(page, 0, 1)
    answers = page.locator(".jp-NotebookPanel .mlab pre.code")
    expect(answers.first).to_be_visible()
    kinds = page.get_by_label("Type of the new column")
    boxes = page.locator(".jp-NotebookPanel .widget-checkbox input")
    for kind in kinds.locator("option").all_inner_texts():
        kinds.select_option(kind)
        for number in range(boxes.count()):
            if boxes.nth(number).is_enabled():
                boxes.nth(number).click()
                page.wait_for_timeout(300)
                assert answers.evaluate_all(OVERFLOW) == [], kind
                boxes.nth(number).click()
                page.wait_for_timeout(300)
