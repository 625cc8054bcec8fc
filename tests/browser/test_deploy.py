"""A migration is watched while it runs: the timeline grows under a busy cell; and keys go through the matrix."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from browser.pages import SECONDS, Jupyter, choose_menu, open_notebook, wait_until_done

expect.set_options(timeout=SECONDS * 1000)

SET_UP = """
import time
from alembic import command
from migration_lab import open_lesson
from migration_lab.deploy import APP, make_matrix, rollout
from migration_lab.views import show_versions, timeline
lesson = open_lesson("10_rolling_deploy", APP)
"""
DEPLOY = """
with rollout(lesson, "before") as people:
    timeline(people, "seen here")
    with people.step("alembic upgrade head"):
        command.upgrade(lesson.config, "head")
        until = time.monotonic() + 60
        while time.monotonic() < until and not (lesson.folder / "seen").exists():
            pass
"""
MATRIX = "view = show_versions(make_matrix(lesson))"


def test_the_timeline_is_watched_during_a_migration(page: Page, jupyter: Jupyter) -> None:
    jupyter.write("deploying", [SET_UP, DEPLOY])
    open_notebook(page, "deploying")
    choose_menu(page, "Run", "Run All Cells")
    plot = page.locator("svg.timeline")
    expect(plot.locator("text", has_text="so far")).to_contain_text("alembic upgrade head")
    expect(plot.locator("path.dot")).to_be_visible()
    expect(plot.locator("path.failed")).to_be_visible()  # and the migration goes on
    expect(page.locator(".jp-OutputArea", has_text="seen here").last).to_contain_text(
        "× 500 NOT NULL constraint failed: users.is_active"
    )
    assert "so far" in (plot.text_content() or "")
    (jupyter.scratch_db / "10_rolling_deploy" / "seen").touch()
    wait_until_done(page)
    expect(plot.locator("text", has_text="so far")).to_have_count(0)
    expect(page.locator("table", has_text="What the clients saw")).to_contain_text("before")


def test_the_matrix_is_gone_through_and_opened_by_keys(page: Page, jupyter: Jupyter) -> None:
    jupyter.write("versions", [SET_UP, MATRIX])
    open_notebook(page, "versions")
    choose_menu(page, "Run", "Run All Cells")
    wait_until_done(page)
    said = page.locator('.jp-OutputArea [role="status"]')
    expect(said).to_contain_text("0001 as it was: before ✓ works · between ✗ SELECT, INSERT, UPDATE")
    page.locator(".noUi-handle").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("0004 the default dropped: before ✗ INSERT · between ✓ works · after ✓ works")
    row = page.locator("tr.here")
    expect(row).to_contain_text("0004 the default dropped")
    row.locator("summary").first.focus()
    page.keyboard.press("Enter")
    opened = row.locator("details[open] .opened")
    expect(opened).to_contain_text("POST /users")
    expect(opened).to_contain_text("NOT NULL constraint failed: users.is_active")
    expect(opened).to_contain_text("INSERT INTO users (username, email)")
    page.keyboard.press("Enter")
    expect(opened).to_have_count(0)
