"""A Binder session of the course: built by an ordinary user, all but two folders read-only, under a base URL."""

from __future__ import annotations

import re
import shutil
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from browser.pages import cells, run_all
from playwright.sync_api import Browser, Page

from binder.sessions import SECONDS, Session, build, ordinary_account, running_session

IDLE = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"


@pytest.fixture(scope="module")
def session(clone: Path, open_folder: Path) -> Iterator[Session]:
    """The course in a session, installed editable from a checkout that its user can't write to."""
    account = ordinary_account()
    home = open_folder / "home"
    home.mkdir()
    course = open_folder / "session"
    shutil.copytree(clone, course)
    account.give(home, course / "notebooks", course / "scratch_db")
    writable = {course / "notebooks", course / "scratch_db"}
    for path in (course, *course.rglob("*")):
        if not writable & {path, *path.parents}:
            path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        commands = build(course, home, account)
        with running_session(course, home, commands, account) as running:
            yield running
    finally:
        for path in (course, *course.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)


@pytest.fixture
def page(browser: Browser, session: Session) -> Iterator[Page]:
    """A fresh page that isn't logged in: Binder's token comes with the address."""
    context = browser.new_context(viewport={"width": 1500, "height": 1000}, accept_downloads=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{error.message}\n{error.stack}"))
    yield page
    context.close()
    assert errors == []


def open_address(page: Page, address: str) -> None:
    """Go there, and wait until a notebook's kernel is ready."""
    page.goto(address)
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=SECONDS * 1000)
    page.wait_for_function(IDLE, timeout=SECONDS * 1000)


def test_lesson_2_opens_beside_its_live_view_runs_and_shows_the_refusal(page: Page, session: Session) -> None:
    """The pane on the right shows no database until its cell has run; the last to be worked on is an exercise."""
    open_address(page, session.address("course/02_failure"))
    view = page.locator(".jp-LinkedOutputView")
    assert view.count() == 1
    assert page.locator(".mlab").count() == 0
    run_all(page)
    view.get_by_text(re.compile("^Live: (02_failure|exercise_02_\\d)/app.db")).wait_for()
    notebook, pane = page.locator(".jp-NotebookPanel").bounding_box(), view.bounding_box()
    assert notebook is not None
    assert pane is not None
    assert notebook["x"] + notebook["width"] <= pane["x"], "the notebook on the left, the live view on the right"
    words = page.locator(".jp-NotebookPanel .failure .title", has_text="Cannot add a NOT NULL column")
    words.first.scroll_into_view_if_needed(timeout=SECONDS * 1000)
    assert words.first.is_visible()


def test_the_first_lesson_opens_beside_its_live_view_which_is_far_down(page: Page, session: Session) -> None:
    """JupyterLab draws a cell when it comes near; its output is shown in the pane all the same."""
    open_address(page, session.address("course/00_start"))
    run_all(page)
    page.locator(".jp-LinkedOutputView").get_by_text("Live: 00_start/app.db").wait_for()


def test_the_layout_is_kept_and_made_anew_by_the_badge(page: Page, session: Session) -> None:
    """Also while the first window is open: JupyterLab opens an empty layout where two would share one."""
    open_address(page, session.address("course/01_situation"))
    page.locator(".jp-LinkedOutputView").wait_for()
    page.locator(".lm-TabBar-tab", has_text="Output View").locator(".lm-TabBar-tabCloseIcon").click()
    page.locator(".jp-LinkedOutputView").wait_for(state="detached")
    wait_until_saved(page, without="cloned-outputs:")
    page.reload()
    page.wait_for_function(IDLE, timeout=SECONDS * 1000)
    assert page.locator(".jp-LinkedOutputView").count() == 0
    another = page.context.new_page()
    open_address(another, session.address("course/01_situation"))
    another.locator(".jp-LinkedOutputView").wait_for()
    assert another.url != page.url
    assert page.locator(".jp-LinkedOutputView").count() == 0


def wait_until_saved(page: Page, *, without: str) -> None:
    """Wait until the server's copy of the workspace that ``page`` shows says nothing of ``without`` any more."""
    address = page.url.partition("?")[0].replace("/lab/workspaces/", "/lab/api/workspaces/")
    deadline = time.monotonic() + SECONDS
    while without in page.request.get(address).text():
        assert time.monotonic() < deadline, f"{address} still names {without}"
        page.wait_for_timeout(100)


def test_a_learners_work_is_downloaded_and_put_back(page: Page, session: Session, tmp_path: Path) -> None:
    notebooks, scratch = session.course / "notebooks", session.course / "scratch_db"
    mine = notebooks / "Übung für mich.ipynb"
    source = ["from migration_lab import open_lesson\nfrom migration_lab.views import work_buttons\nwork_buttons()"]
    source.append("lesson = open_lesson('03_server_default')\nfile = lesson.versions / '0002_größer.py'")
    source.append("file.write_text('revision = \"0002\"', encoding='utf-8')\nlesson.close()")
    write(mine, source)
    (scratch / "progress.json").write_text('{"exercises": {}}', encoding="utf-8")
    session.account.give(scratch, notebooks)
    open_address(page, session.address(f"lab/tree/notebooks/{mine.name}?reset"))
    run_all(page)
    with page.expect_download() as download:
        page.get_by_text("Download my work").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    with zipfile.ZipFile(saved) as archive:
        assert f"notebooks/{mine.name}" in archive.namelist()

    migration = scratch / "03_server_default/migrations/versions/0002_größer.py"
    migration.write_text("ruined", encoding="utf-8")
    (scratch / "progress.json").unlink()
    lesson = notebooks / "05_nullable.ipynb"
    original = lesson.read_bytes()
    write(lesson, ["'ruined'"])
    session.account.give(scratch, notebooks)
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Put my work back").click()
    chooser.value.set_files(saved)
    said = page.get_by_text("Your work is back: 1 notebook")
    said.wait_for(timeout=SECONDS * 1000)
    assert migration.read_text(encoding="utf-8") == 'revision = "0002"'
    assert (scratch / "progress.json").read_text(encoding="utf-8") == '{"exercises": {}}'
    assert lesson.read_bytes() == original
    (kept,) = (scratch / "kept").glob("replaced_*")
    assert (kept / migration.relative_to(scratch)).read_text(encoding="utf-8") == "ruined"
    assert "'ruined'" in (kept / "notebooks/05_nullable.ipynb").read_text(encoding="utf-8")

    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"no zip at all")
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Put my work back").click()
    chooser.value.set_files(bad)
    page.get_by_text("⚠ The file is no zip, or a damaged one").wait_for()
    assert len(cells(page)) == 3


def write(path: Path, sources: list[str]) -> None:
    """A notebook of these code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def test_nobody_gets_at_the_course_addresses_without_the_token(session: Session) -> None:
    for path in ("course/work", "course/02_failure"):
        with urllib.request.urlopen(f"{session.url}/{path}", timeout=SECONDS) as answer:
            assert "/login?next=" in answer.url, "sent to the page that asks for the token"


def test_a_lesson_that_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(session.address("course/99_nothing"), timeout=SECONDS)


def test_the_checkout_was_read_only_and_stayed_as_it_was(clone: Path, session: Session) -> None:
    """Neither the editable installation nor a lesson writes anywhere but in notebooks/ and scratch_db/."""
    for folder in ("src", "."):
        there, here = session.course / folder, clone / folder
        assert sorted(path.name for path in there.iterdir()) == sorted(path.name for path in here.iterdir())
