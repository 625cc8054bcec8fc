"""Lessons in a real JupyterLab: run, clicked, typed at, watched while another process writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.pages import SECONDS, Jupyter, choose_menu, open_notebook, run_all
from migration_lab.snapshot import snapshot_file

MILLISECONDS = SECONDS * 1000
expect.set_options(timeout=MILLISECONDS)
SET_UP = """
from sqlalchemy import text
from migration_lab import open_lesson
from migration_lab.views import live_view, predict, reset_button
lesson = open_lesson("02_failure")
"""
LIVE = "live = live_view(lesson)"
CHANGE = """
with lesson.engine.begin() as connection:
    connection.execute(text("ALTER TABLE users ADD COLUMN is_active BOOLEAN"))
    connection.execute(text("UPDATE users SET is_active = 1, email = 'a@b.c' WHERE id = 1"))
    connection.execute(text("INSERT INTO users VALUES (3, 'eva', NULL, 0)"))
    connection.execute(text("DELETE FROM users WHERE id = 2"))
    connection.execute(text("CREATE INDEX quick ON users (email)"))
"""
OTHER_VIEWS = (
    """
from migration_lab.migrations.statements import record_statements
from migration_lab.views import expect_failure, show_diff, show_statements
with record_statements() as sent, expect_failure("NOT NULL"), lesson.engine.begin() as connection:
    connection.execute(text("UPDATE users SET id = id"))
    connection.execute(text("ALTER TABLE users ADD COLUMN age INTEGER NOT NULL"))
""",
    "show_statements(sent)",
    "show_diff(before, lesson.snapshot())",
    """
from migration_lab.views import show_file
code = lesson.folder / "models.py"
old = code.read_text()
code.write_text("# a comment\\n@final\\n" + old.replace("50", "51").replace("import String", "import Text"))
show_file(code, before=old)
""",
    "show_file(code)",
    """
import time
from migration_lab.load import traffic
from migration_lab.views import timeline
with traffic(lesson) as requests:
    timeline(requests, "a quiet moment")
    time.sleep(0.3)
""",
    """
from migration_lab.locks import Lock, Session
from migration_lab.locks.values import in_order
from migration_lab.views.pictures.queue import draw_locks
draw_locks(in_order([Session("71", holds=(Lock("users"),)), Session("72", wants=Lock("users"), behind=("71",))]))
""",
)


def write_from_another_process(database: Path, statement: str) -> None:
    code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); c.close()"
    subprocess.run([sys.executable, "-c", code, str(database), statement], check=True, timeout=SECONDS)


def see(locator: Locator) -> None:
    """Bring it into view, and wait until it is there."""
    locator.first.scroll_into_view_if_needed(timeout=MILLISECONDS)
    expect(locator.first).to_be_visible(timeout=MILLISECONDS)


@pytest.mark.parametrize(
    ("lesson", "words"),
    [("02_failure", "Cannot add a NOT NULL column with default value NULL"), ("04_backfill", "duplicate column name")],
)
def test_run_all_shows_the_databases_own_words_and_asks_about_no_news(
    page: Page, jupyter: Jupyter, lesson: str, words: str
) -> None:
    open_notebook(page, lesson)
    run_all(page)
    see(page.locator(".mlab .failure .title", has_text=words))
    see(page.locator(".mlab .failure p", has_text="In plain words:"))
    traceback = page.locator(".mlab .failure details").first
    expect(traceback.locator("pre")).to_be_hidden()
    traceback.locator("summary").click()
    expect(traceback.locator("pre")).to_contain_text("Traceback (most recent call last)")
    expect(page.get_by_text("Jupyter news")).to_have_count(0)
    expect(page.locator(".Toastify__toast")).to_have_count(0)
    expect(page.locator(".jp-Dialog")).to_have_count(0)


@pytest.mark.parametrize("lesson", ["02_failure", "04_backfill"])
def test_a_guess_is_noted_and_reset_puts_the_lesson_back(page: Page, jupyter: Jupyter, lesson: str) -> None:
    open_notebook(page, lesson)
    run_all(page)
    guess = page.locator(".jp-OutputArea-output", has=page.get_by_role("radio")).first
    see(guess)
    guess.get_by_role("radio").first.check()
    expect(guess).to_contain_text("Noted. Now run the next cell.", timeout=MILLISECONDS)

    database = jupyter.scratch_db / lesson / "app.db"
    write_from_another_process(database, "DELETE FROM users WHERE id = 1")
    button = page.get_by_role("button", name=f"Reset {lesson}")
    see(button)
    button.click()
    expect(page.locator(".jp-OutputArea-output", has=button)).to_contain_text(
        "Back at the start.", timeout=MILLISECONDS
    )
    after = snapshot_file(database)
    assert after.versions == ("0001",)
    assert [row.cells[1].text for row in after.tables["users"].page.rows] == ["adi", "john"]
    table = page.locator(".mlab table", has=page.locator("caption", has_text="users: 2 rows"))
    expect(table.first).to_contain_text("'john'", timeout=MILLISECONDS)


@pytest.mark.parametrize("lesson", ["02_failure", "04_backfill"])
def test_a_commit_of_another_process_appears_in_the_table(page: Page, jupyter: Jupyter, lesson: str) -> None:
    open_notebook(page, lesson)
    run_all(page)
    table = live_tables(page).first
    see(table)
    statement = "UPDATE users SET email = '<b>tick</b>' WHERE username = 'adi'"
    write_from_another_process(jupyter.scratch_db / lesson / "app.db", statement)
    expect(table).to_contain_text("'<b>tick</b>'", timeout=MILLISECONDS)


def test_parameters_of_a_statement_are_no_formula(page: Page, jupyter: Jupyter) -> None:
    sql = "UPDATE users SET email = $1 WHERE id = $2"
    ours = f"from migration_lab.views.pictures.drawing import Drawing\nDrawing('<p class=\"sql\">{sql}</p>', '')"
    jupyter.write("dollars", [ours, f"from IPython.display import HTML\nHTML('<p>{sql}</p>')"])
    open_notebook(page, "dollars")
    run_all(page)
    expect(page.locator(".jp-OutputArea-output mjx-container")).to_have_count(1, timeout=MILLISECONDS)  # not ours
    expect(page.locator(".mlab .sql")).to_have_text(sql)


def test_a_table_follows_while_a_cell_runs(page: Page, jupyter: Jupyter) -> None:
    jupyter.write(
        "trial", [SET_UP, LIVE, "import pathlib, time\nwhile not pathlib.Path('stop').exists():\n    sum(range(1000))"]
    )
    open_notebook(page, "trial")
    choose_menu(page, "Run", "Run All Cells")
    see(live_tables(page))
    expect(page.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(1, timeout=MILLISECONDS)
    write_from_another_process(
        jupyter.scratch_db / "02_failure" / "app.db", "INSERT INTO users VALUES (3, 'eva', NULL)"
    )
    expect(live_tables(page).first).to_contain_text("'eva'", timeout=MILLISECONDS)
    expect(live_tables(page).first).to_contain_text("+ new")
    expect(page.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(1)
    (jupyter.folder / "notebooks" / "stop").touch()
    expect(page.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(0, timeout=MILLISECONDS)
    running = page.locator(".jp-CodeCell").nth(2)
    expect(running.locator(".mlab")).to_have_count(0)  # the picture stays with the cell that shows it


def live_tables(page: Page) -> Locator:
    """The tables of rows in the live view."""
    views = page.locator(".jp-OutputArea-output", has=page.locator(".title", has_text="Live: "))
    return views.locator("table", has=page.locator("caption", has_text="users: "))


CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const paint = colours => {
    canvas.fillStyle = 'white';
    canvas.fillRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return Array.from(canvas.getImageData(0, 0, 1, 1).data).slice(0, 3);
  };
  const light = colour => colour.map(x => x / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
    .reduce((sum, x, at) => sum + x * [0.2126, 0.7152, 0.0722][at], 0);
  const found = [];
  for (const view of document.querySelectorAll('.jp-OutputArea-output .mlab')) {
    const walk = document.createTreeWalker(view, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (!node.textContent.trim()) continue;
      const behind = [];
      for (let at = node.parentElement; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
      const property = node.parentElement.closest('svg') ? 'fill' : 'color';
      const ink = getComputedStyle(node.parentElement)[property];
      const [a, b] = [light(paint(behind)), light(paint([...behind, ink]))];
      found.push({text: node.textContent.trim(), paper: light(paint(behind)),
        contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)});
    }
  }
  return found;
}"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_every_word_of_a_view_is_readable_in_light_and_dark(page: Page, jupyter: Jupyter, theme: str) -> None:
    jupyter.setting("@jupyterlab/apputils-extension:themes", theme=theme)
    jupyter.write("trial", [SET_UP, LIVE, "before = lesson.snapshot()" + CHANGE, *OTHER_VIEWS])
    open_notebook(page, "trial")
    expect(page.locator(f"body[data-jp-theme-name='{theme}']")).to_have_count(1, timeout=MILLISECONDS)
    run_all(page)
    see(page.locator(".mlab .vanished .mark"))
    texts: list[dict[str, Any]] = page.evaluate(CONTRAST)
    marks, code = ("+ new", "~ changed", "− gone"), ("# a comment", "@final", "users")
    pictures = ("a quiet moment", "when it was due", "72")
    for words in (*marks, "NULL", "'adi'", "In plain words:", "Statements sent", *code, *pictures):
        assert any(words in each["text"] for each in texts), f"{words} isn't on the page"
    dark = theme.endswith("Dark")
    assert all((each["paper"] < 0.5) == dark for each in texts)
    assert [each for each in texts if each["contrast"] < 4.5] == []


def test_the_keyboard_reaches_the_reset_button_and_chooses_an_answer(page: Page, jupyter: Jupyter) -> None:
    question = 'guess = predict("What now?", a="It works", b="It fails", c="Neither")'
    jupyter.write("trial", [SET_UP, "reset_button(lesson)", question])
    open_notebook(page, "trial")
    run_all(page)
    focused = "() => document.activeElement.textContent || document.activeElement.value || ''"

    def tab_until(found: str) -> None:
        reached = []
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.append(str(page.evaluate("() => document.activeElement.outerHTML.slice(0, 120)")))
            if page.evaluate(found):
                return
        raise AssertionError("Tab went elsewhere:\n" + "\n".join(reached))

    page.locator(".jp-CodeCell").nth(0).locator(".jp-InputPrompt").click()  # a cell is chosen, in command mode
    tab_until("() => document.activeElement.textContent.includes('Reset 02_failure')")
    assert "Reset 02_failure" in page.evaluate(focused)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Back at the start.")).to_be_visible(timeout=MILLISECONDS)

    tab_until("() => document.activeElement.type === 'radio'")
    page.keyboard.press("Space")
    radios = page.get_by_role("radio")
    expect(page.get_by_text("Noted. Now run the next cell.")).to_be_visible(timeout=MILLISECONDS)
    expect(radios.nth(0)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(radios.nth(1)).to_be_checked(timeout=MILLISECONDS)
    expect(radios.nth(0)).not_to_be_checked()


def test_a_saved_notebook_without_a_kernel_still_shows_the_table(page: Page, jupyter: Jupyter) -> None:
    jupyter.write("trial", [SET_UP, LIVE, CHANGE])
    open_notebook(page, "trial")
    run_all(page)
    expect(live_tables(page).first).to_contain_text("'eva'", timeout=MILLISECONDS)
    choose_menu(page, "File", "Save Notebook")
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0, timeout=MILLISECONDS)
    saved = jupyter.read("trial")
    (output,) = saved.cells[1].outputs
    assert "users: row 3 appeared" in output.data["text/plain"]

    # As someone else's JupyterLab would open it: without that kernel, and without trust in its HTML.
    saved.metadata.kernelspec = {"name": "elsewhere", "display_name": "Elsewhere", "language": "elsewhere"}
    del saved.metadata["language_info"]
    jupyter.keep("saved", saved)
    open_notebook(page, "saved", kernel=False)
    dialog = page.locator(".jp-Dialog", has_text="Select Kernel")
    dialog.locator("select").select_option(label="No Kernel")
    dialog.get_by_role("button", name="Select").click()
    table = live_tables(page).first
    see(table)
    expect(table.locator("caption")).to_contain_text("users: 2 rows")
    expect(table).to_contain_text("'eva'")
    expect(table).to_contain_text("+ new")
