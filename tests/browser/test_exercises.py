"""An exercise solved in a real JupyterLab: the migration typed, a hint taken, checked by button, the progress seen."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from browser.pages import SECONDS, Jupyter, cells, open_notebook, run_all

expect.set_options(timeout=SECONDS * 1000)

PROGRESS = 'from migration_lab.views import show_progress\nshow_progress("03")'


def open_exercise(page: Page, jupyter: Jupyter) -> None:
    """A notebook of lesson 03's cells for its first exercise, as they are."""
    lesson = {cell.id: cell.source for cell in jupyter.read("03_server_default").cells}
    wanted = [lesson[f"exercise-1{part}"] for part in ("", "-migration", "-check")]
    jupyter.write("solve", ["from alembic import command", *wanted, PROGRESS])
    open_notebook(page, "solve")


def replace_line(page: Page, old: str, new: str) -> None:
    """Click into the line of an editor, select it, and type."""
    page.locator(".cm-line", has_text=old).click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type(new)


def test_an_exercise_is_solved(page: Page, jupyter: Jupyter) -> None:
    open_exercise(page, jupyter)
    run_all(page)
    assert "Not tried yet" in str(cells(page)[3]["outputs"])
    assert "0 of 4 exercises done" in str(cells(page)[4]["outputs"])

    page.get_by_role("button", name="Hint", exact=True).click()
    expect(page.get_by_text("Hint 1 of 3")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Hint 2 of 3")).to_be_visible()

    column = 'op.add_column("users", sa.Column("is_admin", sa.Boolean(), nullable=False, server_default={}))'
    replace_line(page, "pass  # your migration", column.format("sa.true()"))
    replace_line(page, "pass  # and the way back", 'op.drop_column("users", "is_admin")')
    run_all(page)
    assert "every row that was there holds the number 0" in str(cells(page)[3]["outputs"])
    assert "… tried" in str(cells(page)[4]["outputs"])

    # The file is the learner's own, to be edited anywhere; the button checks what is there.
    file = jupyter.scratch_db / "exercise_03_1" / "migrations" / "versions" / "0002_add_is_admin.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("sa.true()", "sa.false()"), encoding="utf-8")
    page.get_by_role("button", name="Check", exact=True).click()
    verdict = page.locator("[role=status] [aria-label=Verdict]")
    expect(verdict).to_contain_text("Your own database differs from what your files make")

    replace_line(page, "sa.true()", f"    {column.format('sa.false()')}")
    run_all(page)
    assert "Right: all" in str(cells(page)[3]["outputs"])
    assert "1 of 4 exercises done" in str(cells(page)[4]["outputs"])
    page.get_by_role("button", name="Check", exact=True).click()
    expect(verdict).to_contain_text(re.compile(r"✓ Right: all \d+ points hold"))

    page.get_by_role("button", name="Start over", exact=True).click()
    expect(page.get_by_text("Back at the start.").first).to_be_visible()
    assert not file.exists()
    assert list((jupyter.scratch_db / "kept").glob("exercise_03_1_*/migrations/versions/0002_add_is_admin.py"))
    assert "done" in (jupyter.scratch_db / "progress.json").read_text(encoding="utf-8")


def test_a_loop_is_stopped_and_the_kernel_goes_on(page: Page, jupyter: Jupyter) -> None:
    """A migration that never ends, checked by button: busy, then a verdict, and the buttons ready again."""
    open_exercise(page, jupyter)
    run_all(page)
    file = jupyter.scratch_db / "exercise_03_1" / "migrations" / "versions" / "0002_add_is_admin.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("pass  # your migration", "while True: pass"), encoding="utf-8")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("button", name="Check: busy…")).to_be_visible()
    expect(page.locator("[role=status] [aria-label=Verdict]")).to_contain_text("did not finish within 10 s")
    expect(page.get_by_role("button", name="Check", exact=True)).to_be_enabled()
