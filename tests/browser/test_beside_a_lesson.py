"""A lesson beside its live view, as on a laptop: what the pane says before, what it shows, and what it turns to."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.pages import SECONDS, Jupyter, choose_menu, wait_until_done
from browser.test_accessibility import AXE, LOOK

expect.set_options(timeout=SECONDS * 1000)

PANE = ".jp-LinkedOutputView"
SET_UP = """
from migration_lab import open_lesson
from migration_lab.views import exercise, live_view
lesson = open_lesson("02_failure")
"""
LIVE = "live = live_view(lesson)"
WIDE = """
long_name = "a_column_with_a_name_that_somebody_must_have_liked"
with lesson.engine.begin() as connection:
    run = connection.exec_driver_sql
    run(f"ALTER TABLE users ADD COLUMN {long_name} VARCHAR(255) NOT NULL DEFAULT 'two-words and/more'")
    run("ALTER TABLE users ADD COLUMN registered_at DATETIME DEFAULT '2026-01-01 00:00:00.000000'")
    run("INSERT INTO users (id, username, email) VALUES (3, 'anna-lena', 'anna-lena.of-the/north@example.org')")
    run("UPDATE users SET email = ? WHERE id = 1", ("a long text, of-course, " * 20,))
"""
# Each word in a cell of a table stands on one line, and each short text as a whole; no element is wider than the page.
BROKEN = """pane => {
  const lines = range => new Set(Array.from(range.getClientRects()).map(rect => Math.round(rect.top))).size;
  const found = [];
  const walk = document.createTreeWalker(pane, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!node.parentElement.closest('td, th')) continue;
    const texts = node.textContent.length <= 40 ? /\\S.*\\S|\\S/g : /\\S+/g;
    for (const text of node.textContent.matchAll(texts)) {
      const range = document.createRange();
      range.setStart(node, text.index);
      range.setEnd(node, text.index + text[0].length);
      if (lines(range) !== 1) found.push(text[0]);
    }
  }
  return found;
}"""
BROKEN_CODE = BROKEN.replace("'td, th'", "'pre'").replace("length <= 40", "length <= 0")  # words alone
TOO_WIDE = """pane => Array.from(pane.querySelectorAll('*')).filter(element => !element.parentElement.closest('.box')
  && element.getBoundingClientRect().right > pane.getBoundingClientRect().right + 1).map(one => one.outerHTML)"""
SCROLLED = "() => document.activeElement.scrollLeft"


@pytest.fixture
def laptop(page: Page) -> Page:
    """A page as wide and as high as a laptop's screen."""
    page.set_viewport_size({"width": 1366, "height": 768})
    return page


def open_beside(page: Page, name: str) -> Locator:
    """Open a lesson beside its live view; gives the pane of the view."""
    page.goto(f"/course/{name}")
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=SECONDS * 1000,
    )
    return page.locator(PANE)


def run_cells(page: Page, first: int, count: int) -> None:
    """Click into the code cell at the place ``first`` and run it and those below it, each by Shift + Enter."""
    page.locator(".jp-NotebookPanel .jp-CodeCell").nth(first).locator(".cm-content").click()
    for _ in range(count):
        page.keyboard.press("Shift+Enter")


def test_the_pane_says_what_will_be_there_and_is_filled_by_the_first_two_cells(laptop: Page, jupyter: Jupyter) -> None:
    pane = open_beside(laptop, "02_failure")
    expect(pane.locator("> .jp-OutputArea")).to_be_visible()
    assert "The live view comes here: this lesson’s database" in pane.aria_snapshot()
    run_cells(laptop, 0, 2)
    expect(pane.locator("caption", has_text="users: 2 rows")).to_be_visible()
    expect(pane).to_contain_text("Live: 02_failure/app.db")
    assert "comes here" not in pane.aria_snapshot()


def test_in_the_narrow_pane_no_word_is_broken_and_what_does_not_fit_scrolls_by_keyboard(
    laptop: Page, jupyter: Jupyter
) -> None:
    jupyter.write("wide", [SET_UP, LIVE, WIDE])
    pane = open_beside(laptop, "wide")
    choose_menu(laptop, "Run", "Run All Cells")
    wait_until_done(laptop)
    expect(pane).to_contain_text("anna-lena.of-the/north@example.org")
    texts = pane.locator("td, th").all_inner_texts()
    for text in ("VARCHAR(50)", "VARCHAR(255)", "'anna-lena.of-the/north@example.org'", "'two-words and/more'"):
        assert text in texts
    assert any("(480 characters)" in text for text in texts)
    assert "more" not in texts  # nothing to say there
    assert pane.evaluate(BROKEN) == []
    assert pane.evaluate(TOO_WIDE) == []
    assert laptop.evaluate("() => document.scrollingElement.scrollWidth <= innerWidth")

    rows = pane.get_by_role("group", name="Rows of users")
    assert rows.evaluate("box => box.scrollWidth > box.clientWidth")
    pane.get_by_text("Live: 02_failure/app.db").click()
    laptop.keyboard.press("Tab")
    expect(rows).to_be_focused()
    laptop.keyboard.press("ArrowRight")
    laptop.wait_for_function(f"({SCROLLED})() > 0")
    laptop.keyboard.press("Tab")
    expect(pane.get_by_role("group", name="Schema of users")).to_be_focused()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_pane_has_no_serious_fault_of_accessibility(laptop: Page, jupyter: Jupyter, theme: str) -> None:
    if not AXE.is_file():
        pytest.skip("no axe-core: npm install --no-package-lock in site/")
    jupyter.setting("@jupyterlab/apputils-extension:themes", theme=theme)
    jupyter.write("wide", [SET_UP, LIVE, WIDE])
    pane = open_beside(laptop, "wide")
    choose_menu(laptop, "Run", "Run All Cells")
    wait_until_done(laptop)
    expect(pane).to_contain_text("anna-lena.of-the/north@example.org")
    laptop.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = laptop.evaluate(LOOK, [f"{PANE} .mlab", {}])
    assert {"color-contrast", "scrollable-region-focusable"} <= set(found["checked"])
    assert found["serious"] == []


def test_a_long_line_of_a_file_goes_on_in_the_next_without_a_broken_word(laptop: Page, jupyter: Jupyter) -> None:
    code = 'text = "def upgrade():\\n    " + "op.add_column(sa.Boolean(), nullable=False, " * 9 + "x" * 150'
    shown = "file = lesson.folder / 'models.py'\nfile.write_text(text)\nshow_file(file, before='')"
    jupyter.write("long", [SET_UP + "from migration_lab.views import show_file", LIVE, code, shown, "show_file(file)"])
    open_beside(laptop, "long")
    choose_menu(laptop, "Run", "Run All Cells")
    wait_until_done(laptop)
    boxes = laptop.locator(".jp-NotebookPanel pre.code")
    expect(boxes).to_have_count(2)
    for box in boxes.all():
        box.scroll_into_view_if_needed()
        assert box.evaluate(BROKEN_CODE) == []
        assert box.evaluate("box => box.scrollWidth > box.clientWidth")  # what has no spaces
        assert box.evaluate("box => box.clientHeight / parseFloat(getComputedStyle(box).lineHeight)") > 4  # of two


def test_the_pane_turns_to_the_exercise_and_back_to_the_lesson(laptop: Page, jupyter: Jupyter) -> None:
    lesson = {cell.id: cell.source for cell in jupyter.read("02_failure").cells}
    change = "with lesson.engine.begin() as connection:\n    connection.exec_driver_sql('DELETE FROM users')"
    tries = [lesson["exercise-1"].partition("\n\n")[2], lesson["exercise-1-migration"], lesson["exercise-1-check"]]
    jupyter.write("turns", ["from alembic import command" + SET_UP, LIVE, *tries, change])
    pane = open_beside(laptop, "turns")
    run_cells(laptop, 0, 2)
    expect(pane).to_contain_text("Live: 02_failure/app.db")
    run_cells(laptop, 2, 1)
    expect(pane).to_contain_text("Live: exercise_02_1/app.db")
    run_cells(laptop, 5, 1)
    expect(pane).to_contain_text("Live: 02_failure/app.db")
    expect(pane).to_contain_text("users: no rows")
    run_cells(laptop, 3, 2)
    expect(pane).to_contain_text("Live: exercise_02_1/app.db")
    expect(pane.locator("caption").first).to_contain_text("users: ")
