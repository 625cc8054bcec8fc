"""The playground in a real JupyterLab: chosen, clicked, stopped, and used while cells run."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from browser.pages import SECONDS, Jupyter, cells, open_notebook, run_all, wait_until_done

expect.set_options(timeout=SECONDS * 1000)

SET_UP = "from migration_lab.views import playground\nplay = playground()"


def open_playground(page: Page, jupyter: Jupyter, *more: str) -> None:
    jupyter.write("play", [SET_UP, *more])
    open_notebook(page, "play")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=name != "combinations").click()


def verdict(page: Page) -> Locator:
    """The verdict of the last run clicked: the one that tells the time it took."""
    return page.locator(".jp-OutputArea .verdict", has_text="alembic upgrade head took").first


def test_the_notebook_runs_and_shows_its_runs(page: Page) -> None:
    open_notebook(page, "playground")
    run_all(page)
    texts = [str(cell["outputs"]) for cell in cells(page)]
    assert "✗ refused" in texts[2]
    assert "≠ works, but wrong" in texts[3]
    assert "4 of 4 runs" in texts[4] or "2 of 2 runs" in texts[4]


def test_a_choice_is_shown_copied_run_and_saved(page: Page, jupyter: Jupyter) -> None:
    open_playground(page, jupyter)
    run_all(page)
    literal = "it's {mine}; -- 🦆 <b>"
    page.get_by_label("type", exact=True).select_option("String status")
    page.get_by_label("strategy", exact=True).select_option("server_default")
    page.get_by_label("literal", exact=True).fill(literal)
    preview = page.locator("pre.copy").first
    expect(preview).to_contain_text(f'server_default="{literal}"')
    preview.click()
    text = preview.text_content()
    assert page.evaluate("() => getSelection().toString().trim()") == (text or "").strip()

    press(page, "Run")
    expect(verdict(page)).to_contain_text("✓ works")
    saved = jupyter.scratch_db / "playground" / "migrations" / "versions" / "0002_add_status.py"
    assert saved.read_text(encoding="utf-8") == text
    shown = page.locator(".jp-OutputArea")
    expect(shown.get_by_text("ALTER TABLE users ADD COLUMN status VARCHAR(50) DEFAULT 'it''s").first).to_be_visible()
    expect(shown.locator("table.grid td", has_text=f"'{literal}'").first).to_be_visible()
    expect(shown.get_by_text("with it went 2 values of status")).to_be_visible()

    page.get_by_label("strategy", exact=True).select_option("plain NOT NULL")
    press(page, "Run")
    expect(verdict(page)).to_contain_text("✗ refused: Cannot add a NOT NULL column with default value NULL")
    expect(shown.get_by_text("In plain words:")).to_be_visible()


def test_the_matrix_stops_and_its_cells_open_by_click_and_by_keyboard(page: Page, jupyter: Jupyter) -> None:
    open_playground(page, jupyter)
    run_all(page)
    press(page, "combinations")
    first = page.locator("table.outcomes td", has_text="✗ refused").first
    expect(first).to_be_visible()
    press(page, "Stop")
    status = page.get_by_text(re.compile(r"^\d+ of \d+ combinations were run. Stopped.$"))
    expect(status).to_be_visible()
    expect(page.locator("table.outcomes td.todo").first).to_have_text("not run")

    summaries = page.locator("table.outcomes summary", has_text="refused")
    summaries.nth(0).click()
    opened = page.locator("table.outcomes .opened:visible")
    expect(opened).to_contain_text("Boolean is_active · plain NOT NULL")
    summaries.nth(1).focus()
    page.keyboard.press("Enter")
    expect(opened).to_have_count(1)
    expect(opened).to_contain_text("Integer logins · plain NOT NULL")


def test_a_click_while_a_cell_runs_waits_for_it(page: Page, jupyter: Jupyter) -> None:
    """Alembic of a cell and of a button never run at once: the cell is in the middle of a migration of its own."""
    slow = """import time
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
config = play._project.lesson.config
with EnvironmentContext(config, ScriptDirectory.from_config(config)):
    time.sleep(4)
print('the cell is done')"""
    open_playground(page, jupyter, slow)
    page.keyboard.press("Control+Home")
    page.locator(".jp-Cell").first.click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()
    page.locator(".jp-CodeCell").last.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(500)
    press(page, "Run")
    expect(verdict(page)).to_contain_text("✗ refused: Cannot add a NOT NULL column")
    wait_until_done(page)
    assert "the cell is done" in str(cells(page)[1]["outputs"])
    assert "upgrade head took" not in str(cells(page)[1]["outputs"])  # the run belongs to the playground's own cell


def test_an_interrupt_ends_a_matrix_that_a_cell_runs_and_shows_what_was_run(page: Page, jupyter: Jupyter) -> None:
    open_playground(page, jupyter, "drawn = play.matrix()\ndrawn")
    page.locator(".jp-CodeCell").first.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("(Interrupt Kernel)")).to_be_visible()
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Interrupt the kernel").click()
    wait_until_done(page)
    words = str(cells(page)[1]["outputs"][-1]["data"]["text/plain"])
    assert re.match(r"\d+ of \d+ runs", words)
    assert "are not run" in words
    press(page, "Run")  # nothing is left in a state that the next run would stumble over
    expect(verdict(page)).to_contain_text("✗ refused: Cannot add a NOT NULL column")
